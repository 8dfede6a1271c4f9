import { appendAudit } from '../audit/index.ts'
import { decryptFieldBytes } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { bodyPlace } from './body-place.ts'
import { readBodies } from './courier-store.ts'
import { routingError } from './errors.ts'
import { readDeliveries, readMessage } from './log-store.ts'

/**
 * The body of a message for its sender or one of its receivers; the reading is audited before anything is shown.
 *
 * @throws `routing.message-unknown` also for whoever has no part in it, `routing.body-gone` after its age
 */
export async function readBody(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  by: {
    readonly clientId: string
    readonly institution: string
    readonly requestId: string
    readonly sourceAddress: string | undefined
  },
  id: string,
): Promise<Buffer> {
  const message = await readMessage(deps.db, id)
  const deliveries = message === undefined ? [] : await readDeliveries(deps.db, [id])
  const concerned =
    message?.sender === by.institution ||
    deliveries.some((one) => one.kind === 'message' && one.destination === by.institution)
  const audit = (result: 'allowed' | 'refused', reason?: string) =>
    appendAudit(
      deps.db,
      {
        actor: by.clientId,
        actorOrg: by.institution,
        role: 'hospital',
        action: 'routing.read-body',
        targetType: 'message',
        targetId: id,
        personRef: concerned ? (message?.personId ?? undefined) : undefined,
        purpose: 'treatment',
        basis: 'treatment',
        result,
        reasonCodes: reason === undefined ? [] : [reason],
        requestId: by.requestId,
        sourceAddress: by.sourceAddress,
      },
      deps.clock,
    )
  if (message === undefined || !concerned) {
    await audit('refused', 'not-concerned')
    throw routingError('message-unknown')
  }
  const stored = (await readBodies(deps.db, [{ event: message.event, messageId: id }])).get(id)
  if (stored === undefined) throw routingError('body-gone')
  await audit('allowed')
  return decryptFieldBytes(deps.keyring, stored, bodyPlace(id))
}
