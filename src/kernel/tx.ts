import type { IsolationLevel } from 'kysely'
import type { Database, Tx } from './db.ts'
import { requestError } from './errors.ts'

/** Two transactions that only met at a bad moment: the same work done again succeeds (PostgreSQL appendix A). */
const TRANSIENT = new Set(['40001', '40P01'])

/** What the pool says to whom it has let wait too long; it gives no code. */
const NO_CONNECTION = 'timeout exceeded when trying to connect'

export interface TxOptions {
  readonly isolation?: IsolationLevel
  /** Tries in all, the first included. */
  readonly attempts?: number
}

/** SQLSTATE of a PostgreSQL error, else undefined. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  const { code } = error
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Name of the constraint that a PostgreSQL error names, else undefined. */
export function violatedConstraint(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('constraint' in error)) return undefined
  return typeof error.constraint === 'string' ? error.constraint : undefined
}

/**
 * Runs `work` in one transaction. A serialisation failure or deadlock is tried again, a bounded number of
 * times with growing, jittered pauses; then the caller hears "try later", never a refusal of the domain.
 * `work` may therefore run more than once and must not touch anything but the database.
 */
export async function inTx<T>(db: Database, work: (tx: Tx) => Promise<T>, options: TxOptions = {}): Promise<T> {
  return await again(async () => {
    const transaction = db.transaction()
    return await (options.isolation ? transaction.setIsolationLevel(options.isolation) : transaction).execute(work)
  }, options)
}

/**
 * The same for work in which each statement is a transaction of its own: no way to the database to begin and none to commit.
 * Every statement must leave a state in which `work` can begin anew.
 */
export async function again<T>(work: () => Promise<T>, options: Pick<TxOptions, 'attempts'> = {}): Promise<T> {
  const attempts = options.attempts ?? 5
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Error && error.message === NO_CONNECTION) {
        throw requestError('try-later', {
          detail: 'All connections to the database are in use; nothing was written.',
          cause: error,
          retryAfter: 1,
        })
      }
      if (!TRANSIENT.has(sqlState(error) ?? '')) throw error
      if (attempt >= attempts) {
        throw requestError('try-later', {
          detail: 'Another request changed the same data at the same time; nothing was written.',
          cause: error,
          retryAfter: 1,
        })
      }
      await pause(Math.random() * 10 * 2 ** attempt)
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
