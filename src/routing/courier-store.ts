import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { Rank } from './types.ts'

/** What keeps its place at the head of a lane: everything unfinished, and a dead one that blocks. */
const open = (alias: string) =>
  sql.raw(
    `(${alias}.state in ('queued', 'sending', 'waiting', 'dead') and (${alias}.state <> 'dead' or ${alias}.blocks))`,
  )

/** One message that this process may send now. */
export interface Claimed {
  readonly destination: string
  readonly subject: string
  readonly claim: string
  readonly messageId: string
  readonly kind: 'message' | 'notice' | 'handshake'
  readonly event: string
  readonly rank: Rank
  readonly attempts: number
  readonly countedFrom: Date
  readonly personId: string | null
  /** Null: of a handshake. */
  readonly sender: string | null
}

export interface ClaimOrder {
  readonly destination: string
  readonly claim: string
  /** Lanes wanted at most. */
  readonly limit: number
  readonly now: Date
  readonly leaseUntil: Date
}

/**
 * Takes lanes of one destination for this process, urgent ones first, and gives the message at the head of each. The
 * destination's row is locked meanwhile: what is being sent there by all processes together is counted under it.
 *
 * A claim needs no disk: one that a crash forgets is a lane that is still due.
 */
export async function claimLanes(tx: Tx, order: ClaimOrder): Promise<readonly Claimed[]> {
  const { destination, claim, limit, now, leaseUntil } = order
  const { rows: doors } = await sql<{ free: number }>`
    select set_config('synchronous_commit', 'off', true), concurrency as free from routing_destination
    where code = ${destination} and paused_at is null and (hold_until is null or hold_until <= ${now})
    for update`.execute(tx)
  const door = doors[0]
  if (door === undefined) return []
  const { rows: subjects } = await sql<{ subject: string }>`
    with picked as (
      select l.subject from (values (0), (1), (2)) as r (rank),
        lateral (
          select subject, rank, due_at from routing_lane
          where destination = ${destination} and rank = r.rank and due_at <= ${now}
          order by due_at limit ${limit} for update skip locked
        ) l
      order by l.rank, l.due_at
      limit least(${limit}, greatest(0, ${door.free} - (
        select count(*) from routing_lane where destination = ${destination} and claim is not null and due_at > ${now})))
    )
    update routing_lane l set claim = ${claim}, due_at = ${leaseUntil}
    from picked where l.destination = ${destination} and l.subject = picked.subject
    returning l.subject`.execute(tx)
  if (subjects.length === 0) return []
  const { rows } = await sql<Omit<Claimed, 'destination' | 'claim'>>`
    update routing_delivery d
    set state = 'sending', attempts = d.attempts + 1, first_at = coalesce(d.first_at, ${now}), last_at = ${now},
      next_at = null
    from unnest(${subjects.map((one) => one.subject)}::text[]) as s (subject),
      lateral (
        select message_id, state from routing_delivery h
        where h.destination = ${destination} and h.subject = s.subject and ${open('h')}
        order by h.seq limit 1
      ) head
      left join routing_message m on m.id = head.message_id
    where d.destination = ${destination} and d.message_id = head.message_id and head.state <> 'dead'
    returning d.subject, d.message_id as "messageId", d.kind, d.event, d.rank, d.attempts,
      d.counted_from as "countedFrom", m.person_id as "personId", m.sender`.execute(tx)
  const claimed = rows.map((row) => ({ ...row, destination, claim }))
  // A lane that has nothing to send (its head was cancelled or died meanwhile) is let go at once.
  const empty = subjects.map((one) => one.subject).filter((subject) => !rows.some((row) => row.subject === subject))
  await settleLanes(
    tx,
    empty.map((subject) => ({ destination, subject })),
    now,
  )
  return claimed
}

export interface LaneKey {
  readonly destination: string
  readonly subject: string
}

/** Locks those lanes that are still held by these claims; the rest was taken over after its lease had ended. */
export async function lockClaimed(
  tx: Tx,
  claims: readonly (LaneKey & { readonly claim: string })[],
): Promise<readonly LaneKey[]> {
  const { rows } = await sql<LaneKey>`
    select l.destination, l.subject
    from unnest(
      ${claims.map((one) => one.destination)}::text[],
      ${claims.map((one) => one.subject)}::text[],
      ${claims.map((one) => one.claim)}::uuid[]
    ) as c (destination, subject, claim)
    join routing_lane l on l.destination = c.destination and l.subject = c.subject and l.claim = c.claim
    order by l.destination, l.subject
    for update of l`.execute(tx)
  return rows
}

/** Locks lanes whoever holds them, for a person's intervention. */
export async function lockLanes(tx: Tx, lanes: readonly LaneKey[]): Promise<void> {
  await sql`
    select 1 from unnest(
      ${lanes.map((one) => one.destination)}::text[],
      ${lanes.map((one) => one.subject)}::text[]
    ) as c (destination, subject)
    join routing_lane l on l.destination = c.destination and l.subject = c.subject
    order by l.destination, l.subject
    for update of l`.execute(tx)
}

/**
 * Says of lanes what their heads say: nothing to do, due, waiting, or parked behind a dead one. The lanes must be locked by an
 * earlier statement of the transaction, so that this one sees every message that was added before.
 */
export async function settleLanes(tx: Tx, lanes: readonly LaneKey[], now: Date): Promise<void> {
  if (lanes.length === 0) return
  await sql`
    update routing_lane l set
      claim = null,
      parked = coalesce(head.state = 'dead', false),
      due_at = case when head.state is null or head.state = 'dead' then null else coalesce(head.next_at, ${now}) end,
      rank = coalesce((
        select min(u.rank) from routing_delivery u
        where u.destination = l.destination and u.subject = l.subject
          and u.state in ('queued', 'sending', 'waiting', 'dead') and u.rank < 2), 2),
      touched_at = ${now}
    from unnest(
        ${lanes.map((one) => one.destination)}::text[],
        ${lanes.map((one) => one.subject)}::text[]
      ) as c (destination, subject)
      left join lateral (
        select h.state, h.next_at from routing_delivery h
        where h.destination = c.destination and h.subject = c.subject and ${open('h')}
        order by h.seq limit 1
      ) head on true
    where l.destination = c.destination and l.subject = c.subject`.execute(tx)
}

export interface Ended {
  readonly destination: string
  readonly messageId: string
  readonly state: 'delivered' | 'waiting' | 'dead' | 'cancelled'
  readonly reason: string | null
  readonly status: number | null
  readonly nextAt: Date | null
  readonly blocks: boolean
}

/** Writes what attempts came to. */
export async function endAttempts(tx: Tx, ended: readonly Ended[], now: Date): Promise<void> {
  await sql`
    update routing_delivery d set
      state = e.state, reason = e.reason, status = e.status, next_at = e.next_at, blocks = e.blocks,
      ended_at = case when e.state in ('delivered', 'cancelled') then ${now}::timestamptz end
    from unnest(
      ${ended.map((one) => one.destination)}::text[],
      ${ended.map((one) => one.messageId)}::uuid[],
      ${ended.map((one) => one.state)}::text[],
      ${ended.map((one) => one.reason)}::text[],
      ${ended.map((one) => one.status)}::smallint[],
      ${ended.map((one) => one.nextAt)}::timestamptz[],
      ${ended.map((one) => one.blocks)}::boolean[]
    ) as e (destination, message_id, state, reason, status, next_at, blocks)
    where d.destination = e.destination and d.message_id = e.message_id`.execute(tx)
}

/** Leaves a destination alone until then; a longer hold stands. */
export async function holdDestination(tx: Tx, code: string, until: Date): Promise<void> {
  await sql`
    update routing_destination set hold_until = greatest(coalesce(hold_until, ${until}), ${until}) where code = ${code}`.execute(
    tx,
  )
}

/** Destinations at which something is due and may be sent. */
export async function readDue(db: Db, now: Date): Promise<readonly string[]> {
  const { rows } = await sql<{ code: string }>`
    select d.code from routing_destination d
    where d.paused_at is null and (d.hold_until is null or d.hold_until <= ${now})
      and exists (select 1 from routing_lane l where l.destination = d.code and l.due_at <= ${now})
    order by d.code`.execute(db)
  return rows.map((row) => row.code)
}

/** Lanes with something to send that nobody would ever look at. There should be none; a hand in the database can make one. */
export async function readLost(db: Db, limit: number): Promise<readonly LaneKey[]> {
  const { rows } = await sql<LaneKey>`
    select distinct d.destination, d.subject from routing_delivery d
    left join routing_lane l on l.destination = d.destination and l.subject = d.subject
    where d.state in ('queued', 'sending', 'waiting') and l.due_at is null and not coalesce(l.parked, false)
    limit ${limit}`.execute(db)
  return rows
}

/** A lane that is gone although it has deliveries. */
export async function ensureLanes(tx: Tx, lanes: readonly LaneKey[], now: Date): Promise<void> {
  await sql`
    insert into routing_lane (destination, subject, due_at, rank, touched_at)
    select destination, subject, null, 2, ${now} from unnest(
      ${lanes.map((one) => one.destination)}::text[],
      ${lanes.map((one) => one.subject)}::text[]
    ) as c (destination, subject)
    on conflict do nothing`.execute(tx)
}

export interface StoredBody {
  readonly messageId: string
  readonly body: Buffer
}

export async function readBodies(
  db: Db,
  of: readonly { readonly event: string; readonly messageId: string }[],
): Promise<ReadonlyMap<string, Buffer>> {
  if (of.length === 0) return new Map()
  const { rows } = await sql<StoredBody>`
    select b.id as "messageId", b.body_encrypted as body
    from unnest(${of.map((one) => one.event)}::text[], ${of.map((one) => one.messageId)}::uuid[]) as k (event, id)
    join routing_body b on b.event = k.event and b.id = k.id`.execute(db)
  return new Map(rows.map((row) => [row.messageId, row.body]))
}
