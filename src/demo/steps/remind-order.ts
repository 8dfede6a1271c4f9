import type { OrderAnswer } from '../answers.ts'
import { expectPresent, expectSame, expectThat } from '../expect.ts'
import type { Step } from '../facts.ts'

/** What a physician in Deyang is about to order, and what the hub says of it: the patient had the first two done in Chengdu. */
const ORDER = [
  { code: 'GLU', verdict: 'valid-result' },
  { code: 'K', verdict: 'valid-result' },
  { code: 'NOT-AN-ITEM', verdict: 'unknown-item' },
] as const

/** Deadline of the reminder (YMT_ORDER_DEADLINE_MS, the default), and what sending may add. */
const DEADLINE_MS = 800
const SENDING_MS = 400

export const remindOrder: Step = {
  name: 'remind-order',
  title: 'Told before ordering: these tests have a valid result elsewhere',
  titleZh: '开单提醒：已有可互认结果',
  async run({ api, facts }) {
    const personId = expectPresent('the person of the first step', facts.cards).deyang.personId
    const { body, ms } = await api.call<OrderAnswer>({
      as: 'hospital-deyang',
      method: 'POST',
      path: '/recognition/check-order',
      headers: { 'x-purpose-of-use': 'TREAT' },
      body: { personId, items: ORDER.map(({ code }) => ({ code })), visit: { kind: 'outpatient' } },
    })
    expectSame(
      'verdict on each item',
      body.items.map((one) => ({ code: one.asked.code, verdict: one.verdict })),
      ORDER,
    )
    expectThat('time of the reminder', ms < DEADLINE_MS + SENDING_MS, `below ${DEADLINE_MS + SENDING_MS} ms`, ms)
    expectSame('every hospital answered', body.complete, true)
    const lines = body.items.map((one) => {
      const [best] = one.found
      if (best === undefined) return `${one.asked.code}: ${one.verdict}`
      return `${one.item?.name} ${one.asked.code}: ${one.verdict}, ${best.issuer.name} ${best.testedOn}, valid until ${best.validUntil}, ${best.report.reference}`
    })
    return {
      lines: [...lines, `four hospitals asked once for all items, answered in ${Math.round(ms)} ms`],
      figures: { verdicts: body.items.map((one) => one.verdict), validResults: body.validResults, ms: Math.round(ms) },
    }
  },
}
