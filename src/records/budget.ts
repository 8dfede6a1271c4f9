import type { Share } from './room.ts'

/** Why a search at a hospital was stopped by us. */
export const CANCELLED = Symbol('the caller went away')
export const DEADLINE = Symbol('the deadline has passed')

/** What one search may spend at one hospital: time, and over all of its requests bytes and second attempts. */
export interface Budget {
  readonly signal: AbortSignal
  bytesLeft: number
  /** Memory for what is sent, over all hospitals of the question; undefined: not bounded. */
  readonly share: Share | undefined
  /** Times that a request may be sent again because the hospital was not to be reached. */
  retriesLeft: number
  leftMs(): number
  /** Releases the timer. */
  close(): void
}

/** A signal of its own per search: one kept for longer would fire once and then stop everything after it. */
export function openBudget(deadlineMs: number, maxBytes: number, caller?: AbortSignal, share?: Share): Budget {
  const own = new AbortController()
  const until = performance.now() + deadlineMs
  const timer = setTimeout(() => own.abort(DEADLINE), deadlineMs)
  const cancel = (): void => own.abort(CANCELLED)
  if (caller?.aborted === true) cancel()
  else caller?.addEventListener('abort', cancel, { once: true })
  return {
    signal: own.signal,
    bytesLeft: maxBytes,
    share,
    retriesLeft: 1,
    leftMs: () => until - performance.now(),
    close() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', cancel)
    },
  }
}
