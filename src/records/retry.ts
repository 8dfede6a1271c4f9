import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Budget } from './budget.ts'
import type { Failure } from './classify-failure.ts'

/** Between these the second attempt is delayed, by chance: else all searches that failed together come back together. */
const JITTER_MS = { from: 50, to: 200 }
/** Less than this is too little for an answer: the failure is told at once instead. */
const LEAST_LEFT_MS = 100

/**
 * Waits until a request to an unreachable hospital may be sent once more; false where it must not be, or where the wait
 * that the hospital asked for would outlast the search. One second attempt per search: the next search comes anyway.
 */
export async function mayAskAgain(failure: Failure, budget: Budget): Promise<boolean> {
  if (failure.again !== 'soon' || budget.retriesLeft <= 0) return false
  const { retryAfterS } = failure
  const waitMs = retryAfterS === undefined ? randomInt(JITTER_MS.from, JITTER_MS.to) : retryAfterS * 1000
  if (budget.leftMs() < waitMs + LEAST_LEFT_MS) return false
  budget.retriesLeft -= 1
  await delay(waitMs, undefined, { signal: budget.signal }).catch(() => undefined)
  return !budget.signal.aborted
}
