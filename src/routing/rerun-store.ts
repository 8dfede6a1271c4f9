import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { LaneKey } from './courier-store.ts'
import { firstIdAt } from './id-at.ts'

export interface RerunFilter {
  readonly messageIds?: readonly string[] | undefined
  readonly destination?: string | undefined
  readonly sender?: string | undefined
  readonly event?: string | undefined
  readonly reason?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** `cancel` may also take what still waits: nobody wants it any more. */
const STATES = { rerun: sql`('dead')`, cancel: sql`('dead', 'queued', 'waiting')` } as const

export type RerunAction = keyof typeof STATES

function conditions(action: RerunAction, filter: RerunFilter): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`d.state in ${STATES[action]}`, sql`d.kind = 'message'`]
  if (filter.messageIds !== undefined) parts.push(sql`d.message_id = any(${filter.messageIds}::uuid[])`)
  if (filter.destination !== undefined) parts.push(sql`d.destination = ${filter.destination}`)
  if (filter.sender !== undefined) parts.push(sql`m.sender = ${filter.sender}`)
  if (filter.event !== undefined) parts.push(sql`d.event = ${filter.event}`)
  if (filter.reason !== undefined) parts.push(sql`d.reason = ${filter.reason}`)
  if (filter.from !== undefined) parts.push(sql`d.message_id >= ${firstIdAt(filter.from)}`)
  if (filter.to !== undefined) parts.push(sql`d.message_id < ${firstIdAt(filter.to)}`)
  return sql.join(parts, sql` and `)
}

export async function countMatching(db: Db, action: RerunAction, filter: RerunFilter): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from routing_delivery d join routing_message m on m.id = d.message_id
    where ${conditions(action, filter)}`.execute(db)
  return Number(rows[0]?.count ?? 0n)
}

export interface Matching extends LaneKey {
  readonly messageId: string
}

/** The oldest that fit, so that batch after batch comes to the end. */
export async function readMatching(
  db: Db,
  action: RerunAction,
  filter: RerunFilter,
  limit: number,
): Promise<readonly Matching[]> {
  const { rows } = await sql<Matching>`
    select d.destination, d.subject, d.message_id as "messageId"
    from routing_delivery d join routing_message m on m.id = d.message_id
    where ${conditions(action, filter)} order by d.message_id, d.destination limit ${limit}`.execute(db)
  return rows
}

/** Changes those that are still as they were found; their lanes are locked by then. */
export async function changeMatching(
  tx: Tx,
  action: RerunAction,
  found: readonly Matching[],
  now: Date,
): Promise<readonly Matching[]> {
  const change =
    action === 'rerun'
      ? sql`state = 'queued', attempts = 0, counted_from = ${now}, next_at = null, reason = null, blocks = false`
      : sql`state = 'cancelled', ended_at = ${now}, next_at = null, blocks = false`
  const { rows } = await sql<Matching>`
    update routing_delivery d set ${change}
    from unnest(${found.map((one) => one.destination)}::text[], ${found.map((one) => one.messageId)}::uuid[])
      as f (destination, message_id)
    where d.destination = f.destination and d.message_id = f.message_id and d.state in ${STATES[action]}
    returning d.destination, d.subject, d.message_id as "messageId"`.execute(tx)
  return rows
}

/** Everything that was still to go to a destination that ends; its lanes go with it. */
export async function cancelOpen(tx: Tx, destination: string, now: Date): Promise<void> {
  await sql`delete from routing_lane where destination = ${destination}`.execute(tx)
  await sql`
    update routing_delivery set state = 'cancelled', ended_at = ${now}, next_at = null, blocks = false
    where destination = ${destination} and state in ('queued', 'sending', 'waiting', 'dead')`.execute(tx)
}
