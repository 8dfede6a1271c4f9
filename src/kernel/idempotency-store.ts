import assert from 'node:assert/strict'
import type { Db, Tx } from './db.ts'

export interface OnceKey {
  readonly clientId: string
  readonly key: string
  /** Digest of method, route and body: the same key with another request is refused. */
  readonly requestHash: Buffer
}

/** True when the key is new. Waits where another transaction holds the same key, until that one ends. */
export async function claimKey(db: Db, key: OnceKey, at: Date): Promise<boolean> {
  const inserted = await db
    .insertInto('kernel_idempotency_key')
    .values({ client_id: key.clientId, key: key.key, request_hash: key.requestHash, created_at: at })
    .onConflict((conflict) => conflict.columns(['client_id', 'key']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** The answer kept under a committed key; undefined where the key is new or its first request still runs. */
export async function findAnswer(db: Db, key: OnceKey) {
  const row = await db
    .selectFrom('kernel_idempotency_key')
    .select([
      'request_hash as requestHash',
      'status',
      'answer_encrypted as answer',
      'location',
      'purged_at as purgedAt',
    ])
    .where('client_id', '=', key.clientId)
    .where('key', '=', key.key)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { status, answer, purgedAt } = row
  if (purgedAt !== null) return 'purged'
  assert(status !== null && answer !== null, 'a committed idempotency key has its answer')
  return { ...row, status, answer }
}

export async function saveAnswer(
  db: Db,
  key: OnceKey,
  stored: { status: number; answer: Buffer; location: string | null; goesWith: string | null },
): Promise<void> {
  await db
    .updateTable('kernel_idempotency_key')
    .set({
      status: stored.status,
      answer_encrypted: stored.answer,
      location: stored.location,
      goes_with: stored.goesWith,
    })
    .where('client_id', '=', key.clientId)
    .where('key', '=', key.key)
    .execute()
}

/** An answer that was purged, by the name of its key. */
export interface PurgedAnswer {
  readonly id: string
  readonly at: Date
}

/**
 * Takes out what was answered, and the digest of what was asked, of all that goes with something that has ended; of those
 * given before an instant where it is named. The keys stay until they are pruned, so that a repeat does nothing anew.
 */
export async function purgeAnswers(
  tx: Tx,
  of: { readonly goesWith: string; readonly before: Date | null; readonly at: Date },
): Promise<readonly PurgedAnswer[]> {
  let query = tx
    .updateTable('kernel_idempotency_key')
    .set({ request_hash: Buffer.alloc(0), status: null, answer_encrypted: null, location: null, purged_at: of.at })
    .where('goes_with', '=', of.goesWith)
    .where('purged_at', 'is', null)
  if (of.before !== null) query = query.where('created_at', '<', of.before)
  const rows = await query.returning(['client_id as clientId', 'key', 'created_at as at']).execute()
  return rows.map(({ clientId, key, at }) => ({ id: `${clientId} ${key}`, at }))
}

/** Answers that are kept and go with something. */
export async function countAnswers(db: Db, goesWith: string): Promise<number> {
  const { count } = await db
    .selectFrom('kernel_idempotency_key')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('goes_with', '=', goesWith)
    .where('purged_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Keys are kept for the longest time in which a caller may repeat, then removed in small steps. */
export async function pruneKeys(db: Db, createdBefore: Date, limit: number): Promise<number> {
  const done = await db
    .deleteFrom('kernel_idempotency_key')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('client_id', 'key'),
        'in',
        selectFrom('kernel_idempotency_key')
          .select(['client_id', 'key'])
          .where('created_at', '<', createdBefore)
          .orderBy('created_at')
          .limit(limit)
          .$asTuple('client_id', 'key'),
      ),
    )
    .executeTakeFirst()
  return Number(done.numDeletedRows)
}
