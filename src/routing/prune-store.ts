import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'

/** The events that occur, by skipping through the index from one to the next. */
export async function readEvents(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ event: string }>`
    with recursive step (event) as (
      (select event from routing_message order by event limit 1)
      union all
      select (select m.event from routing_message m where m.event > step.event order by m.event limit 1)
      from step where step.event is not null
    )
    select event from step where event is not null`.execute(db)
  return rows.map((row) => row.event)
}

/** Bodies that are no longer needed: delivered or given up everywhere, and older than their age. */
export async function deleteBodies(db: Db, event: string, before: string, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from routing_body b using (
      select id from routing_body o
      where o.event = ${event} and o.id < ${before}
        and not exists (
          select 1 from routing_delivery d
          where d.message_id = o.id and d.state in ('queued', 'sending', 'waiting', 'dead'))
      order by o.id limit ${limit} for update skip locked
    ) old
    where b.event = ${event} and b.id = old.id`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Log rows older than their age, with their deliveries; never one that is unfinished or still has its body. */
export async function deleteMessages(tx: Tx, event: string, before: string, limit: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    delete from routing_message m using (
      select id from routing_message o
      where o.event = ${event} and o.id < ${before}
        and not exists (select 1 from routing_body b where b.event = o.event and b.id = o.id)
        and not exists (
          select 1 from routing_delivery d
          where d.message_id = o.id and d.state in ('queued', 'sending', 'waiting', 'dead'))
      order by o.id limit ${limit} for update skip locked
    ) old
    where m.id = old.id returning m.id`.execute(tx)
  await sql`delete from routing_delivery where message_id = any(${rows.map((row) => row.id)}::uuid[])`.execute(tx)
  return rows.length
}

/** Handshakes have no message: they go by their own age. */
export async function deleteHandshakes(db: Db, before: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from routing_delivery where (destination, message_id) in (
      select destination, message_id from routing_delivery
      where kind = 'handshake' and state in ('delivered', 'cancelled') and accepted_at < ${before} limit ${limit})`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0n)
}

/** Lanes where nothing has happened for a while. One that somebody joins meanwhile is seen again under its lock, and stays. */
export async function deleteIdleLanes(db: Db, before: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from routing_lane where (destination, subject) in (
        select destination, subject from routing_lane
        where due_at is null and not parked and touched_at < ${before} limit ${limit})
      and due_at is null and not parked and touched_at < ${before}`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

export interface BodyRow {
  readonly event: string
  readonly id: string
  readonly body: Buffer
}

/** A stretch of the bodies in the order of their key, locked. */
export async function readBodiesAfter(
  tx: Tx,
  after: { readonly event: string; readonly id: string } | undefined,
  limit: number,
): Promise<readonly BodyRow[]> {
  const { rows } = await sql<BodyRow>`
    select event, id, body_encrypted as body from routing_body
    ${after === undefined ? sql`` : sql`where (event, id) > (${after.event}, ${after.id}::uuid)`}
    order by event, id limit ${limit} for update`.execute(tx)
  return rows
}

export async function replaceBody(tx: Tx, row: BodyRow): Promise<void> {
  await tx
    .updateTable('routing_body')
    .set({ body_encrypted: row.body })
    .where('event', '=', row.event)
    .where('id', '=', row.id)
    .execute()
}
