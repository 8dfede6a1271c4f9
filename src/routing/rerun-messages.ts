import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { lockLanes, settleLanes } from './courier-store.ts'
import { routingError } from './errors.ts'
import { MESSAGES_ACCEPTED } from './jobs.ts'
import { changeMatching, countMatching, type RerunAction, type RerunFilter, readMatching } from './rerun-store.ts'

export interface RerunOrder {
  readonly action: RerunAction
  readonly filter: RerunFilter
  /** Only says how many it would be. */
  readonly dry: boolean
  /** How many in this call. */
  readonly limit: number
}

export interface Rerun {
  readonly matched: number
  readonly changed: number
}

/** Who orders it: an institution acts on what it sent, the operator on everything. */
export interface OrderedBy {
  readonly clientId: string
  readonly org: string
  readonly role: string
  readonly sender: string | undefined
  readonly requestId: string
}

/**
 * Sends dead letters again, or gives messages up. Nothing but such an order takes a message out of the dead letters. The same
 * bytes go under the same id; attempts and age are counted anew.
 */
export async function rerunMessages(
  deps: Pick<Deps, 'db' | 'clock' | 'outbox'>,
  by: OrderedBy,
  order: RerunOrder,
): Promise<Rerun> {
  if (Object.values(order.filter).every((one) => one === undefined)) {
    throw routingError('filter-missing', { detail: 'Name messages, or a destination, sender, event, reason or time.' })
  }
  const filter = by.sender === undefined ? order.filter : { ...order.filter, sender: by.sender }
  // Naming another sender finds nothing, whoever that is.
  const none = by.sender !== undefined && order.filter.sender !== undefined && order.filter.sender !== by.sender
  const matched = none ? 0 : await countMatching(deps.db, order.action, filter)
  if (order.dry || matched === 0) return { matched, changed: 0 }
  const now = deps.clock.now()
  const changed = await inTx(deps.db, async (tx) => {
    const found = await readMatching(tx, order.action, filter, order.limit)
    // Locked before anything is written, in the order of the couriers.
    await lockLanes(tx, found)
    const done = await changeMatching(tx, order.action, found, now)
    await settleLanes(tx, uniqueLanes(done), now)
    const destinations = [...new Set(done.map((one) => one.destination))]
    if (destinations.length > 0) {
      await deps.outbox.append(tx, { topic: MESSAGES_ACCEPTED, payload: { destinations: destinations.join(' ') } })
    }
    await appendAudits(
      tx,
      done.map(
        (one): AuditEvent => ({
          actor: by.clientId,
          actorOrg: by.org,
          role: by.role,
          action: order.action === 'rerun' ? 'routing.rerun' : 'routing.cancel',
          targetType: 'message',
          targetId: one.messageId,
          purpose: 'administration',
          basis: 'legal-duty',
          result: 'allowed',
          requestId: by.requestId,
        }),
      ),
      deps.clock,
    )
    return done.length
  })
  deps.outbox.wake()
  return { matched, changed }
}

function uniqueLanes<T extends { readonly destination: string; readonly subject: string }>(rows: readonly T[]): T[] {
  return [...new Map(rows.map((row) => [`${row.destination} ${row.subject}`, row])).values()]
}
