import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { LaneKey } from './courier-store.ts'

/** A message that did not arrive yet and is not on its way. */
export interface Undelivered extends LaneKey {
  readonly messageId: string
  readonly event: string
  readonly personId: string | null
  readonly sender: string
}

/** Messages of a person that wait or were given up, in the order of their ids; the next ones after `after`. */
export async function readUndelivered(
  db: Db,
  personIds: readonly string[],
  after: Pick<Undelivered, 'messageId' | 'destination'> | undefined,
  limit: number,
): Promise<readonly Undelivered[]> {
  const { rows } = await sql<Undelivered>`
    select d.destination, d.subject, d.message_id as "messageId", d.event, m.person_id as "personId", m.sender
    from routing_message m join routing_delivery d on d.message_id = m.id
    where m.person_id = any(${personIds}::uuid[]) and d.kind = 'message' and d.state in ('queued', 'waiting', 'dead')
      and ${after === undefined ? sql`true` : sql`(m.id, d.destination) > (${after.messageId}::uuid, ${after.destination})`}
    order by m.id, d.destination limit ${limit}`.execute(db)
  return rows
}

/**
 * Ends those that are still as they were found; their lanes are locked by then.
 *
 * @returns `destination messageId` of each that was ended
 */
export async function cancelStopped(
  tx: Tx,
  stopped: readonly (Pick<Undelivered, 'destination' | 'messageId'> & { readonly reason: string })[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    update routing_delivery d
    set state = 'cancelled', reason = s.reason, ended_at = ${now}, next_at = null, blocks = false
    from unnest(
      ${stopped.map((one) => one.destination)}::text[],
      ${stopped.map((one) => one.messageId)}::uuid[],
      ${stopped.map((one) => one.reason)}::text[]
    ) as s (destination, message_id, reason)
    where d.destination = s.destination and d.message_id = s.message_id and d.state in ('queued', 'waiting', 'dead')
    returning d.destination || ' ' || d.message_id as key`.execute(tx)
  return new Set(rows.map((row) => row.key))
}

/** Of locked lanes, those from which nobody is sending. */
export async function idleLanes(tx: Tx, lanes: readonly LaneKey[]): Promise<readonly LaneKey[]> {
  const { rows } = await sql<LaneKey>`
    select l.destination, l.subject from unnest(
      ${lanes.map((one) => one.destination)}::text[],
      ${lanes.map((one) => one.subject)}::text[]
    ) as c (destination, subject)
    join routing_lane l on l.destination = c.destination and l.subject = c.subject and l.claim is null`.execute(tx)
  return rows
}
