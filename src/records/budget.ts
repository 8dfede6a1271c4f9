import type { Room } from './room.ts'

/** Why a search at a hospital was stopped by us. */
export const CANCELLED = Symbol('the caller went away')
export const DEADLINE = Symbol('the deadline has passed')

/** What one search may spend at one hospital: time, and bytes over all of its requests. */
export interface Budget {
  readonly signal: AbortSignal
  bytesLeft: number
  /** Asks for room in memory for a body; undefined: there is room. Never rejects: a search that ends stops waiting. */
  takeRoom(bytes: number | undefined): Promise<void> | undefined
  /** Releases the timer. */
  close(): void
}

/** A signal of its own per search: one kept for longer would fire once and then stop everything after it. */
export function openBudget(deadlineMs: number, maxBytes: number, caller?: AbortSignal, room?: Room): Budget {
  const own = new AbortController()
  const timer = setTimeout(() => own.abort(DEADLINE), deadlineMs)
  const cancel = (): void => own.abort(CANCELLED)
  if (caller?.aborted === true) cancel()
  else caller?.addEventListener('abort', cancel, { once: true })
  return {
    signal: own.signal,
    bytesLeft: maxBytes,
    // A length that is too long is cut off by the byte cap; one that is not given may be anything up to it.
    takeRoom: (bytes = maxBytes) => room?.take(Math.min(bytes, maxBytes), own.signal),
    close() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', cancel)
    },
  }
}
