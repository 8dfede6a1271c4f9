import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { firstIdAt } from './id-at.ts'

export interface MessageFilter {
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly sender?: string | undefined
  readonly destination?: string | undefined
  readonly event?: string | undefined
  readonly personId?: string | undefined
  /** Of a message `refused` or `accepted`, of its deliveries anything else. */
  readonly state?: string | undefined
}

export interface MessageRow {
  readonly id: string
  readonly sender: string
  readonly messageId: string | null
  readonly bundleId: string | null
  readonly event: string
  readonly personId: string | null
  readonly receivedAt: Date
  readonly sentAt: Date | null
  readonly bytes: number
  readonly state: 'accepted' | 'refused'
  readonly reason: string | null
}

const COLUMNS = sql.raw(
  `m.id, m.sender, m.message_id as "messageId", m.bundle_id as "bundleId", m.event, m.person_id as "personId",
   m.received_at as "receivedAt", m.sent_at as "sentAt", m.bytes, m.state, m.reason`,
)

function conditions(filter: MessageFilter, before: string | undefined): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`true`]
  if (before !== undefined) parts.push(sql`m.id < ${before}`)
  if (filter.from !== undefined) parts.push(sql`m.id >= ${firstIdAt(filter.from)}`)
  if (filter.to !== undefined) parts.push(sql`m.id < ${firstIdAt(filter.to)}`)
  if (filter.sender !== undefined) parts.push(sql`m.sender = ${filter.sender}`)
  if (filter.event !== undefined) parts.push(sql`m.event = ${filter.event}`)
  if (filter.personId !== undefined) parts.push(sql`m.person_id = ${filter.personId}`)
  const { state, destination } = filter
  const ofMessage = state === 'accepted' || state === 'refused'
  if (ofMessage) parts.push(sql`m.state = ${state}`)
  if (destination !== undefined || (state !== undefined && !ofMessage)) {
    parts.push(sql`exists (
      select 1 from routing_delivery f where f.message_id = m.id and f.kind <> 'handshake'
        ${destination === undefined ? sql`` : sql`and f.destination = ${destination}`}
        ${state === undefined || ofMessage ? sql`` : sql`and f.state = ${state}`})`)
  }
  return sql.join(parts, sql` and `)
}

/**
 * A page of the log, newest first. An institution sees what it sent and what was sent to it: two lists by index, merged; an
 * `or` over both would read the whole log.
 */
export async function listMessages(
  db: Db,
  of: {
    readonly institution: string | undefined
    readonly filter: MessageFilter
    readonly before: string | undefined
    readonly limit: number
  },
): Promise<readonly MessageRow[]> {
  const where = conditions(of.filter, of.before)
  const { institution, limit } = of
  const { rows } =
    institution === undefined
      ? await sql<MessageRow>`
          select ${COLUMNS} from routing_message m where ${where} order by m.id desc limit ${limit}`.execute(db)
      : await sql<MessageRow>`
          select ${COLUMNS} from routing_message m where m.id in (
            select id from (
              select m.id from routing_message m where m.sender = ${institution} and ${where} order by m.id desc limit ${limit}
            ) sent
            union
            select id from (
              select m.id from routing_delivery d join routing_message m on m.id = d.message_id
              where d.destination = ${institution} and d.kind = 'message' and ${where}
              order by d.message_id desc limit ${limit}
            ) got
          ) order by m.id desc limit ${limit}`.execute(db)
  return rows
}

export async function readMessage(db: Db, id: string): Promise<MessageRow | undefined> {
  const { rows } = await sql<MessageRow>`select ${COLUMNS} from routing_message m where m.id = ${id}`.execute(db)
  return rows[0]
}

export interface DeliveryRow {
  readonly destination: string
  readonly messageId: string
  readonly kind: 'message' | 'notice' | 'handshake'
  readonly event: string
  readonly rank: number
  readonly state: string
  readonly attempts: number
  readonly acceptedAt: Date
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  readonly nextAt: Date | null
  readonly endedAt: Date | null
  readonly reason: string | null
  readonly status: number | null
  readonly blocks: boolean
}

const DELIVERY_COLUMNS = sql.raw(
  `d.destination, d.message_id as "messageId", d.kind, d.event, d.rank, d.state, d.attempts,
   d.accepted_at as "acceptedAt", d.first_at as "firstAt", d.last_at as "lastAt", d.next_at as "nextAt",
   d.ended_at as "endedAt", d.reason, d.status, d.blocks`,
)

export async function readDeliveries(db: Db, messageIds: readonly string[]): Promise<readonly DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    select ${DELIVERY_COLUMNS} from routing_delivery d where d.message_id = any(${messageIds}::uuid[])
    order by d.message_id, d.destination`.execute(db)
  return rows
}

export interface DeadRow extends DeliveryRow {
  readonly sender: string
  /** Messages of the same patient that wait behind it. */
  readonly behind: bigint
}

/** Dead letters, oldest first; an institution's own ones: it sent them. */
export async function listDead(
  db: Db,
  of: {
    readonly sender: string | undefined
    readonly destination: string | undefined
    readonly after: string | undefined
    readonly limit: number
  },
): Promise<readonly DeadRow[]> {
  const parts: RawBuilder<unknown>[] = [sql`d.state = 'dead'`, sql`d.kind = 'message'`]
  if (of.sender !== undefined) parts.push(sql`m.sender = ${of.sender}`)
  if (of.destination !== undefined) parts.push(sql`d.destination = ${of.destination}`)
  if (of.after !== undefined) {
    const [destination = '', messageId = ''] = of.after.split(' ')
    parts.push(sql`(d.message_id, d.destination) > (${messageId}::uuid, ${destination}::text)`)
  }
  const { rows } = await sql<DeadRow>`
    select ${DELIVERY_COLUMNS}, m.sender, (
      select count(*) from routing_delivery b
      where b.destination = d.destination and b.subject = d.subject and b.seq > d.seq and d.blocks
        and b.state in ('queued', 'sending', 'waiting')) as behind
    from routing_delivery d join routing_message m on m.id = d.message_id
    where ${sql.join(parts, sql` and `)}
    order by d.message_id, d.destination limit ${of.limit}`.execute(db)
  return rows
}

/** What is unfinished at each destination. */
export async function countOpen(db: Db): Promise<
  readonly {
    readonly destination: string
    readonly open: bigint
    readonly dead: bigint
    readonly oldest: Date | null
  }[]
> {
  const { rows } = await sql<{ destination: string; open: bigint; dead: bigint; oldest: Date | null }>`
    select destination, count(*) filter (where state <> 'dead') as open, count(*) filter (where state = 'dead') as dead,
      min(accepted_at) filter (where state <> 'dead') as oldest
    from routing_delivery where state in ('queued', 'sending', 'waiting', 'dead') group by destination`.execute(db)
  return rows
}

/** What is not finished, and what it took so far; for the faults test. */
export async function countUndelivered(
  db: Db,
): Promise<{ readonly open: number; readonly delivered: number; readonly attempts: number }> {
  const { rows } = await sql<{ open: number; delivered: number; attempts: number }>`
    select count(*) filter (where state <> 'delivered')::int as open,
      count(*) filter (where state = 'delivered')::int as delivered, coalesce(sum(attempts), 0)::int as attempts
    from routing_delivery`.execute(db)
  return rows[0] ?? { open: 0, delivered: 0, attempts: 0 }
}
