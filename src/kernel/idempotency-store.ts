import assert from 'node:assert/strict'
import type { Db } from './db.ts'

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
    .select(['request_hash as requestHash', 'status', 'answer_encrypted as answer', 'location'])
    .where('client_id', '=', key.clientId)
    .where('key', '=', key.key)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { status, answer } = row
  assert(status !== null && answer !== null, 'a committed idempotency key has its answer')
  return { ...row, status, answer }
}

export async function saveAnswer(
  db: Db,
  key: OnceKey,
  stored: { status: number; answer: Buffer; location: string | null },
): Promise<void> {
  await db
    .updateTable('kernel_idempotency_key')
    .set({ status: stored.status, answer_encrypted: stored.answer, location: stored.location })
    .where('client_id', '=', key.clientId)
    .where('key', '=', key.key)
    .execute()
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
