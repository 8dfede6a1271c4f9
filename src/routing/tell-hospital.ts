import { encryptField } from '../kernel/crypto/index.ts'
import { type AcceptDeps, isRegistered } from './accept-message.ts'
import { writeAnswer } from './answer.ts'
import { bodyPlace } from './body-place.ts'
import { idAt } from './id-at.ts'
import { digestOf, INSTITUTION_URI } from './read-message.ts'
import { EVENT_SYSTEM, HUB, ROUTINE } from './types.ts'

export interface Told {
  readonly institution: string
  /** Code of an event of ours. */
  readonly event: string
  /** What it is about, by an id that says nothing to others; nothing of a person goes along. */
  readonly about: { readonly system: string; readonly id: string }
  readonly requestId: string
}

/**
 * The hub's own message to a hospital, delivered like all others: stored, in a lane of its own, tried again, in the log. The id
 * of what it is about is its id, so telling the same again changes nothing. Who takes no messages is not told.
 */
export async function tellHospital(
  deps: Pick<AcceptDeps, 'clock' | 'keyring' | 'config' | 'desk' | 'policy' | 'exchange'>,
  { institution, event, about, requestId }: Told,
): Promise<void> {
  if (!isRegistered(deps, institution)) return
  const now = deps.clock.now()
  const id = idAt(now)
  const base = `${deps.config.publicUrl}/fhir`
  const bundle = {
    resourceType: 'Bundle',
    id: about.id,
    type: 'message',
    timestamp: now.toISOString(),
    entry: [
      {
        fullUrl: `urn:uuid:${about.id}`,
        resource: {
          resourceType: 'MessageHeader',
          id: about.id,
          eventCoding: { system: EVENT_SYSTEM, code: event },
          destination: [{ endpoint: `${INSTITUTION_URI}${institution}` }],
          source: { name: 'Yimatong', endpoint: base },
          focus: [{ identifier: { system: about.system, value: about.id } }],
        },
      },
    ],
  }
  const bytes = Buffer.from(JSON.stringify(bundle))
  await deps.desk.submit({
    message: {
      id,
      sender: HUB,
      clientId: HUB,
      messageId: about.id,
      bundleId: about.id,
      event,
      digest: digestOf(bundle),
      receivedAt: now,
      sentAt: now,
      bytes: bytes.length,
      answer: writeAnswer({ rowId: id, messageId: about.id, event, at: now, base }),
      requestId,
    },
    encrypted: encryptField(deps.keyring, bytes, bodyPlace(id)),
    subject: `message:${id}`,
    patient: undefined,
    routes: [{ code: institution, rank: ROUTINE }],
    notice: undefined,
    sourceAddress: undefined,
  })
}
