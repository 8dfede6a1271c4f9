import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { decryptField, encryptField, type FieldPlace, type Keyring } from './crypto/index.ts'
import type { Database, Db, Tx } from './db.ts'
import { requestError } from './errors.ts'
import { claimKey, findAnswer, type OnceKey, saveAnswer } from './idempotency-store.ts'
import type { Clock } from './time.ts'
import { inTx, type TxOptions } from './tx.ts'

/** An answer that can be kept and given again, byte for byte. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly location?: string | undefined
  /** What the answer belongs to, e.g. `healthcodes/<order>`: with its end the answer goes (`purgeAnswers`). */
  readonly goesWith?: string | undefined
}

export interface StoredAnswer {
  readonly status: number
  /** The JSON text as first sent. */
  readonly text: string
  readonly location: string | null
  readonly replayed: boolean
}

/** SHA-256 over the parts, each with its length, so that no two different requests share one digest. */
export function hashRequest(...parts: readonly string[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest()
}

/**
 * The answer that was given under this key before, if any; another request under the same key is refused. For work
 * that asks others before its transaction begins, so that a repeat need not ask them again. It guards nothing: two
 * first requests at the same time both find nothing here, and `once` decides between them.
 */
export async function storedAnswer(
  deps: { readonly db: Db; readonly keyring: Keyring },
  key: OnceKey,
): Promise<StoredAnswer | undefined> {
  const stored = await findAnswer(deps.db, key)
  if (stored === undefined) return undefined
  if (stored === 'purged') throw requestError('answer-purged')
  if (!stored.requestHash.equals(key.requestHash)) {
    throw requestError('key-reused', {
      detail: 'This Idempotency-Key was used before with another request; take a new key for new work.',
    })
  }
  const text = decryptField(deps.keyring, stored.answer, placeOf(key))
  return { status: stored.status, text, location: stored.location, replayed: true }
}

/**
 * Answers are about persons and may hold what is kept nowhere else in clear (an issued card): they are stored encrypted,
 * each for its client and key. Neither holds a space.
 */
function placeOf(key: OnceKey): FieldPlace {
  return { table: 'kernel_idempotency_key', column: 'answer_encrypted', rowId: `${key.clientId} ${key.key}` }
}

/**
 * Does `work` once per (client, key), in the transaction that also keeps its answer. The unique key is the
 * guard: a second request with the same key waits for the first one's commit and then gets its stored answer;
 * with another body it gets 409. A `work` that throws leaves nothing behind, so the caller may try again.
 */
export async function once(
  deps: { readonly db: Database; readonly clock: Clock; readonly keyring: Keyring },
  key: OnceKey,
  work: (tx: Tx) => Promise<Answer>,
  options: TxOptions & { readonly serialize?: (answer: Answer) => string } = {},
): Promise<StoredAnswer> {
  return await inTx(
    deps.db,
    async (tx) => {
      if (!(await claimKey(tx, key, deps.clock.now()))) {
        const stored = await storedAnswer({ db: tx, keyring: deps.keyring }, key)
        assert(stored !== undefined, 'a key that could not be claimed is committed')
        return stored
      }
      const answer = await work(tx)
      const stored = {
        status: answer.status,
        text: (options.serialize ?? ((one) => JSON.stringify(one.body)))(answer),
        location: answer.location ?? null,
      }
      const { status, text, location } = stored
      const encrypted = encryptField(deps.keyring, text, placeOf(key))
      await saveAnswer(tx, key, { status, answer: encrypted, location, goesWith: answer.goesWith ?? null })
      return { ...stored, replayed: false }
    },
    options,
  )
}
