import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/time.ts'
import type { AcceptedMessage } from './check-arrivals.ts'

export interface SendOptions {
  /** Addresses of the APIs; a sender that gets no answer from one asks the next. */
  readonly urls: readonly string[]
  readonly token: () => Promise<string>
  readonly clock: Clock
  readonly hospitals: readonly string[]
  readonly patients: number
  readonly messages: number
  /** Patients whose messages are sent at the same time. */
  readonly atOnce: number
  readonly onAccepted: (message: AcceptedMessage) => void
  /** Gets the answer of a repeat that differs from the first answer. */
  readonly onFault: (what: string) => void
}

const PATIENCE_MS = 15_000
const GIVE_UP_MS = 120_000

/**
 * Sends as hospitals do: one patient's messages one after the other, each again under the same id until it is answered. The
 * next one goes when the one before is known to be taken, so the order of acceptance is the order of sending.
 */
export async function sendMessages(options: SendOptions): Promise<void> {
  const { patients, messages, hospitals } = options
  const perPatient = Math.ceil(messages / patients)
  let next = 0
  const work = async (): Promise<void> => {
    for (;;) {
      const patient = next++
      if (patient >= patients) return
      for (let n = 0; n < perPatient && patient * perPatient + n < messages; n++) {
        const message = {
          messageId: `m-${patient}-${n}`,
          destination: hospitals[patient % hospitals.length] as string,
          patient: `p-${patient}`,
        }
        await sendUntilTaken(options, message)
        options.onAccepted(message)
      }
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, work))
}

async function sendUntilTaken(options: SendOptions, message: AcceptedMessage): Promise<void> {
  const body = JSON.stringify(bundleOf(message, options.clock.now()))
  const until = performance.now() + GIVE_UP_MS
  for (let attempt = 0; ; attempt++) {
    const url = options.urls[(attempt + message.messageId.length) % options.urls.length]
    const answer = await post(`${url}/fhir/$process-message`, await options.token(), body)
    if (answer?.status === 200) {
      if (!answer.text.includes(`"identifier":"${message.messageId}"`)) options.onFault('an answer to another message')
      return
    }
    if (answer !== undefined && answer.status < 500 && answer.status !== 202 && answer.status !== 429) {
      throw new Error(`${message.messageId} was refused with ${answer.status}: ${answer.text.slice(0, 300)}`)
    }
    if (performance.now() > until) throw new Error(`${message.messageId} was not taken in ${GIVE_UP_MS} ms`)
    await sleep(50)
  }
}

async function post(
  url: string,
  token: string,
  body: string,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    // No answer: the process was killed, or is not back yet. Whether the message was taken is not known.
    return undefined
  }
}

function bundleOf({ messageId, destination, patient }: AcceptedMessage, now: Date): object {
  const request = `https://his.example/fhir/ServiceRequest/${messageId}`
  return {
    resourceType: 'Bundle',
    id: `b-${messageId}`,
    type: 'message',
    timestamp: now.toISOString(),
    entry: [
      {
        fullUrl: `https://his.example/fhir/MessageHeader/${messageId}`,
        resource: {
          resourceType: 'MessageHeader',
          id: messageId,
          eventCoding: { system: 'urn:yimatong:event', code: 'referral' },
          destination: [{ endpoint: `urn:yimatong:institution:${destination}` }],
          source: { endpoint: 'https://his.example/fhir' },
          focus: [{ reference: request }],
        },
      },
      {
        fullUrl: request,
        resource: {
          resourceType: 'ServiceRequest',
          id: messageId,
          status: 'active',
          intent: 'order',
          subject: { reference: `Patient/${patient}` },
        },
      },
      {
        fullUrl: `https://his.example/fhir/Patient/${patient}`,
        resource: { resourceType: 'Patient', id: patient },
      },
    ],
  }
}
