import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../kernel/time.ts'
import type { MessagesAnswer } from '../answers.ts'
import { expectPresent, expectSame, expectThat } from '../expect.ts'
import type { Step, Story } from '../facts.ts'

/** A delivery is a job: it takes some milliseconds, on a busy machine more. */
const PATIENCE_MS = 20_000
const LOOK_MS = 100

export const routeMessage: Step = {
  name: 'route-message',
  title: 'A message from Chengdu to Deyang, stored first, delivered once, repeated in vain',
  titleZh: '消息路由：先存后送，重复不重办',
  async run(story) {
    const { api, facts, stack } = story
    const personId = expectPresent('the person of the first step', facts.cards).deyang.personId
    const to = expectPresent('the hospital in Deyang', stack.sandbox.hospitals[1])
    const messageId = randomUUID()
    const message = messageTo(to.code, { messageId, personId })
    const send = () =>
      api.call<{ entry: readonly { resource: { response?: { code: string } } }[] }>({
        as: 'hospital-chengdu',
        method: 'POST',
        path: '/fhir/$process-message',
        body: message,
      })
    const first = await send()
    const again = await send()
    expectSame('answer to the first', first.body.entry[0]?.resource.response?.code, 'ok')
    expectSame('answer to the repeat', again.body, first.body)
    const { state, ms } = await delivered(story, messageId)
    expectSame('state of the delivery', state, 'delivered')
    return {
      lines: [
        `accepted in ${Math.round(first.ms)} ms, delivered to ${to.name} ${Math.round(ms)} ms later`,
        'sent again under the same id: the stored answer, and no second delivery',
      ],
      figures: { acceptMs: Math.round(first.ms), deliveredMs: Math.round(ms) },
    }
  },
}

/** A referral as a HIS sends it: MessageHeader first, then what it is about. */
function messageTo(hospital: string, of: { messageId: string; personId: string }): object {
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: 'message',
    timestamp: systemClock.now().toISOString(),
    entry: [
      {
        resource: {
          resourceType: 'MessageHeader',
          id: of.messageId,
          eventCoding: { system: 'urn:yimatong:event', code: 'referral' },
          destination: [{ endpoint: `urn:yimatong:institution:${hospital}` }],
          source: { endpoint: 'https://his.example/fhir' },
          focus: [{ reference: 'ServiceRequest/sr-1' }],
        },
      },
      {
        fullUrl: 'https://his.example/fhir/ServiceRequest/sr-1',
        resource: {
          resourceType: 'ServiceRequest',
          id: 'sr-1',
          status: 'active',
          intent: 'order',
          subject: { reference: `Patient/${of.personId}` },
        },
      },
    ],
  }
}

async function delivered({ api }: Story, messageId: string): Promise<{ state: string; ms: number }> {
  const began = performance.now()
  for (;;) {
    const { body } = await api.call<MessagesAnswer>({ as: 'hospital-chengdu', path: '/routing/messages?count=20' })
    const found = body.messages.filter((one) => one.messageId === messageId)
    const [one] = found
    expectThat('rows of the message', found.length === 1, 'one', found.length)
    const state = one?.deliveries[0]?.state ?? 'none'
    const ms = performance.now() - began
    if (state === 'delivered' || ms > PATIENCE_MS) return { state, ms }
    await sleep(LOOK_MS)
  }
}
