import { createHash } from 'node:crypto'
import type { Database, Tx } from './db.ts'
import { requestError } from './errors.ts'
import { claimKey, type OnceKey, readAnswer, saveAnswer } from './idempotency-store.ts'
import type { Clock } from './time.ts'
import { inTx, type TxOptions } from './tx.ts'

/** An answer that can be kept and given again, byte for byte. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly location?: string | undefined
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
 * Does `work` once per (client, key), in the transaction that also keeps its answer. The unique key is the
 * guard: a second request with the same key waits for the first one's commit and then gets its stored answer;
 * with another body it gets 409. A `work` that throws leaves nothing behind, so the caller may try again.
 */
export async function once(
  deps: { readonly db: Database; readonly clock: Clock },
  key: OnceKey,
  work: (tx: Tx) => Promise<Answer>,
  options: TxOptions & { readonly serialize?: (answer: Answer) => string } = {},
): Promise<StoredAnswer> {
  return await inTx(
    deps.db,
    async (tx) => {
      if (!(await claimKey(tx, key, deps.clock.now()))) {
        const stored = await readAnswer(tx, key)
        if (!stored.requestHash.equals(key.requestHash)) {
          throw requestError('key-reused', {
            detail: 'This Idempotency-Key was used before with another request; take a new key for new work.',
          })
        }
        return { status: stored.status, text: stored.text, location: stored.location, replayed: true }
      }
      const answer = await work(tx)
      const stored = {
        status: answer.status,
        text: (options.serialize ?? ((one) => JSON.stringify(one.body)))(answer),
        location: answer.location ?? null,
      }
      await saveAnswer(tx, key, stored)
      return { ...stored, replayed: false }
    },
    options,
  )
}
