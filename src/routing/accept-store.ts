import { type RawBuilder, sql } from 'kysely'
import { type Db, PREPARED, type Tx } from '../kernel/db.ts'
import type { Rank } from './types.ts'

/** A message that is to be accepted. */
export interface NewMessage {
  readonly id: string
  readonly sender: string
  readonly clientId: string
  readonly messageId: string
  readonly bundleId: string
  readonly event: string
  readonly digest: Buffer
  readonly personId: string | null
  readonly receivedAt: Date
  readonly sentAt: Date
  readonly bytes: number
  readonly answer: string
  readonly requestId: string
}

export interface NewDelivery {
  readonly destination: string
  readonly messageId: string
  readonly kind: 'message' | 'notice' | 'handshake'
  readonly subject: string
  readonly event: string
  readonly rank: Rank
}

/** What one statement writes: messages, the body of each, the deliveries of all, and what the log says of them. */
export interface NewBatch {
  readonly messages: readonly NewMessage[]
  readonly bodies: readonly Buffer[]
  readonly deliveries: readonly NewDelivery[]
  /** Terms of a `with` that write the audit events of those messages that are inserted: see {@link INSERTED_ONLY}. */
  readonly audits: RawBuilder<unknown>
  readonly at: Date
}

/** For events whose target is a message of the batch. */
export const INSERTED_ONLY = sql<boolean>`target in (select id::text from inserted)`

/**
 * Inserts the messages that are new, with their bodies, deliveries and audit events, in one statement: each one more would
 * cost every batch a way to the database and back. It may be a transaction of its own. Two messages of one name wait for each other here, and the unique keys decide; the order
 * of the keys keeps two processes with the same messages from waiting crosswise.
 *
 * Bodies travel as one binary parameter that is cut by place: an array of them would be written as hexadecimal text, which
 * costs this process more than the encryption.
 *
 * @returns ids of the messages that were inserted
 */
export async function insertMessages(db: Db, batch: NewBatch): Promise<ReadonlySet<string>> {
  const { messages, bodies, deliveries, audits, at } = batch
  const lengths = bodies.map((one) => one.length)
  let next = 1
  const starts = lengths.map((length) => {
    const start = next
    next += length
    return start
  })
  const { rows } = await sql<{ id: string }>`${PREPARED}
    with input as materialized (
      select * from unnest(
        ${messages.map((one) => one.id)}::uuid[],
        ${messages.map((one) => one.sender)}::text[],
        ${messages.map((one) => one.clientId)}::text[],
        ${messages.map((one) => one.messageId)}::text[],
        ${messages.map((one) => one.bundleId)}::text[],
        ${messages.map((one) => one.event)}::text[],
        ${messages.map((one) => one.digest.toString('hex'))}::text[],
        ${messages.map((one) => one.personId)}::uuid[],
        ${messages.map((one) => one.receivedAt)}::timestamptz[],
        ${messages.map((one) => one.sentAt)}::timestamptz[],
        ${messages.map((one) => one.bytes)}::integer[],
        ${messages.map((one) => one.answer)}::text[],
        ${messages.map((one) => one.requestId)}::text[],
        ${starts}::integer[],
        ${lengths}::integer[]
      ) as m (id, sender, client_id, message_id, bundle_id, event, digest, person_id, received_at, sent_at, bytes, answer,
        request_id, start, length)
    ),
    inserted as (
      insert into routing_message (id, sender, client_id, message_id, bundle_id, event, digest, person_id, received_at,
        sent_at, bytes, state, answer, request_id)
      select id, sender, client_id, message_id, bundle_id, event, decode(digest, 'hex'), person_id, received_at,
        sent_at, bytes, 'accepted', answer, request_id
      from input order by sender, message_id
      on conflict do nothing
      returning id
    ),
    body as (
      insert into routing_body (event, id, body_encrypted)
      select event, id, substring(${Buffer.concat(bodies)}::bytea from start for length) from input join inserted using (id)
    ),
    asked as materialized (
      select d.* from ${delivered(deliveries)} join inserted on inserted.id = d.message_id
    ),
    ${intoLanes(sql`asked`, at)},
    ${audits}
    select id from inserted`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** Deliveries beside those of a batch. */
export async function insertDeliveries(tx: Tx, deliveries: readonly NewDelivery[], at: Date): Promise<void> {
  if (deliveries.length === 0) return
  await sql`
    with asked as materialized (select * from ${delivered(deliveries)}), ${intoLanes(sql`asked`, at)}
    select`.execute(tx)
}

const delivered = (deliveries: readonly NewDelivery[]): RawBuilder<unknown> => sql`unnest(
  ${deliveries.map((one) => one.destination)}::text[],
  ${deliveries.map((one) => one.messageId)}::uuid[],
  ${deliveries.map((one) => one.kind)}::text[],
  ${deliveries.map((one) => one.subject)}::text[],
  ${deliveries.map((one) => one.event)}::text[],
  ${deliveries.map((one) => one.rank)}::smallint[]
) with ordinality as d (destination, message_id, kind, subject, event, rank, place)`

/**
 * Puts deliveries at the end of their lanes, in the order given. The lane's row is taken first: whoever holds it is the only
 * one who adds to the lane, so numbers within it grow in the order of the commits. Lanes are taken in one order everywhere.
 */
const intoLanes = (asked: RawBuilder<unknown>, at: Date): RawBuilder<unknown> => sql`
  lane as (
    insert into routing_lane as l (destination, subject, due_at, rank, touched_at)
    select destination, subject, ${at}::timestamptz, min(rank), ${at}::timestamptz from ${asked}
    group by destination, subject order by destination, subject
    on conflict (destination, subject) do update set
      due_at = case when l.parked then null else coalesce(l.due_at, excluded.due_at) end,
      rank = least(l.rank, excluded.rank),
      touched_at = excluded.touched_at
    returning l.destination, l.subject
  ),
  delivery as (
    insert into routing_delivery (destination, message_id, kind, subject, event, rank, state, accepted_at, counted_from)
    select a.destination, a.message_id, a.kind, a.subject, a.event, a.rank, 'queued', ${at}::timestamptz, ${at}::timestamptz
    from ${asked} a join lane on lane.destination = a.destination and lane.subject = a.subject
    order by a.place
  )`

/** What stands under the names of messages that could not be inserted. */
export interface KnownMessage {
  readonly sender: string
  readonly messageId: string
  readonly bundleId: string
  readonly digest: Buffer
  readonly answer: string
}

export async function readKnown(
  db: Db,
  names: readonly { readonly sender: string; readonly messageId: string; readonly bundleId: string }[],
): Promise<readonly KnownMessage[]> {
  const { rows } = await sql<KnownMessage>`
    select m.sender, m.message_id as "messageId", m.bundle_id as "bundleId", m.digest, m.answer
    from unnest(
      ${names.map((one) => one.sender)}::text[],
      ${names.map((one) => one.messageId)}::text[],
      ${names.map((one) => one.bundleId)}::text[]
    ) as n (sender, message_id, bundle_id)
    join routing_message m on m.state = 'accepted' and m.sender = n.sender
      and (m.message_id = n.message_id or m.bundle_id = n.bundle_id)`.execute(db)
  return rows
}

export interface RefusedMessage {
  readonly id: string
  readonly sender: string
  readonly clientId: string
  readonly messageId: string | null
  readonly bundleId: string | null
  readonly event: string
  readonly receivedAt: Date
  readonly bytes: number
  readonly reason: string
  readonly requestId: string
}

/** A refused message leaves its metadata: who sent what size when, and why it was not taken. */
export async function insertRefused(db: Db, row: RefusedMessage): Promise<void> {
  await db
    .insertInto('routing_message')
    .values({
      id: row.id,
      sender: row.sender,
      client_id: row.clientId,
      message_id: row.messageId,
      bundle_id: row.bundleId,
      event: row.event,
      received_at: row.receivedAt,
      bytes: row.bytes,
      state: 'refused',
      reason: row.reason,
      request_id: row.requestId,
    })
    .execute()
}
