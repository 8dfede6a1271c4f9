import { sql } from 'kysely'
import type { Db } from './db.ts'

export interface OutboxRow {
  readonly id: bigint
  readonly topic: string
  readonly queue: string
  readonly sends: number
  readonly createdAt: Date
}

export interface NewOutboxRows {
  readonly topic: string
  readonly queues: readonly string[]
  readonly payload: Record<string, string>
  readonly requestId?: string | undefined
  readonly createdAt: Date
}

export async function insertOutboxRows(db: Db, rows: NewOutboxRows): Promise<void> {
  if (rows.queues.length === 0) return
  await db
    .insertInto('kernel_outbox')
    .values(
      rows.queues.map((queue) => ({
        topic: rows.topic,
        queue,
        payload: JSON.stringify(rows.payload),
        request_id: rows.requestId ?? null,
        created_at: rows.createdAt,
      })),
    )
    .execute()
}

/** Unsent rows in order, locked; rows that another relay holds are skipped, so relays never wait for each other. */
export async function takeUnsent(db: Db, limit: number): Promise<OutboxRow[]> {
  return await db
    .selectFrom('kernel_outbox')
    .select(['id', 'topic', 'queue', 'sends', 'created_at as createdAt'])
    .where('sent_at', 'is', null)
    .where('dead_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** How long after a sending without an end a row is sent again: twice as long each time, up to a limit. */
export interface Patience {
  readonly firstMs: number
  readonly longestMs: number
}

/**
 * Rows whose sending is longer ago than their patience. It grows with every sending: where the queue is not lost but
 * slow, more jobs for the same rows would make it slower.
 */
export async function takeForgotten(db: Db, now: Date, patience: Patience, limit: number): Promise<OutboxRow[]> {
  return await db
    .selectFrom('kernel_outbox')
    .select(['id', 'topic', 'queue', 'sends', 'created_at as createdAt'])
    .where('done_at', 'is', null)
    .where('dead_at', 'is', null)
    .where('sent_at', '<', new Date(now.getTime() - patience.firstMs))
    .where(
      sql<boolean>`sent_at < ${now}::timestamptz
        - least(${patience.firstMs} * power(2, least(sends, 30) - 1), ${patience.longestMs}) * interval '1 millisecond'`,
    )
    .orderBy('sent_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
}

export async function markSent(db: Db, ids: readonly bigint[], at: Date): Promise<void> {
  await db
    .updateTable('kernel_outbox')
    .set((eb) => ({ sent_at: at, sends: eb('sends', '+', 1) }))
    .where('id', '=', sql<bigint>`any(${ids}::bigint[])`)
    .execute()
}

export async function readOutboxRow(db: Db, id: bigint) {
  return await db
    .selectFrom('kernel_outbox')
    .select([
      'id',
      'topic',
      'queue',
      'sends',
      'created_at as createdAt',
      'payload',
      'request_id as requestId',
      'done_at as doneAt',
    ])
    .where('id', '=', id)
    .$castTo<OutboxRow & { payload: Record<string, string>; requestId: string | null; doneAt: Date | null }>()
    .executeTakeFirst()
}

export async function markDone(db: Db, id: bigint, at: Date): Promise<void> {
  await db
    .updateTable('kernel_outbox')
    .set((eb) => ({ done_at: at, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

export async function markFailed(db: Db, id: bigint, error: string): Promise<void> {
  await db
    .updateTable('kernel_outbox')
    .set((eb) => ({ attempts: eb('attempts', '+', 1), last_error: error }))
    .where('id', '=', id)
    .execute()
}

export async function markDead(db: Db, id: bigint, error: string, at: Date): Promise<void> {
  await db
    .updateTable('kernel_outbox')
    .set((eb) => ({ attempts: eb('attempts', '+', 1), last_error: error, dead_at: at }))
    .where('id', '=', id)
    .execute()
}

/** Finished rows are kept for a while to answer "when did this happen", then removed in small steps. */
export async function pruneDone(db: Db, doneBefore: Date, limit: number): Promise<number> {
  const done = await db
    .deleteFrom('kernel_outbox')
    .where('id', 'in', (eb) =>
      eb.selectFrom('kernel_outbox').select('id').where('done_at', '<', doneBefore).orderBy('done_at').limit(limit),
    )
    .executeTakeFirst()
  return Number(done.numDeletedRows)
}

/** Age figures of the outbox: above all the oldest unfinished row tells that work is stuck. */
export async function outboxFigures(db: Db): Promise<{ unfinished: bigint; dead: bigint; oldest: Date | null }> {
  return await db
    .selectFrom('kernel_outbox')
    .select((eb) => [
      eb.fn.countAll<bigint>().filterWhere('done_at', 'is', null).filterWhere('dead_at', 'is', null).as('unfinished'),
      eb.fn.countAll<bigint>().filterWhere('dead_at', 'is not', null).as('dead'),
      eb.fn
        .min('created_at')
        .filterWhere('done_at', 'is', null)
        .filterWhere('dead_at', 'is', null)
        .$castTo<Date | null>()
        .as('oldest'),
    ])
    .where((eb) => eb.or([eb('done_at', 'is', null), eb('dead_at', 'is not', null)]))
    .executeTakeFirstOrThrow()
}
