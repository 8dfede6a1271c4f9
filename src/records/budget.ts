/** Why a search at a hospital was stopped by us. */
export const CANCELLED = Symbol('the caller went away')
export const DEADLINE = Symbol('the deadline has passed')

/** What one search may spend at one hospital: time, and bytes over all of its requests. */
export interface Budget {
  readonly signal: AbortSignal
  bytesLeft: number
  /** Releases the timer. */
  close(): void
}

/** A signal of its own per search: one kept for longer would fire once and then stop everything after it. */
export function openBudget(deadlineMs: number, maxBytes: number, caller?: AbortSignal): Budget {
  const own = new AbortController()
  const timer = setTimeout(() => own.abort(DEADLINE), deadlineMs)
  const cancel = (): void => own.abort(CANCELLED)
  if (caller?.aborted === true) cancel()
  else caller?.addEventListener('abort', cancel, { once: true })
  return {
    signal: own.signal,
    bytesLeft: maxBytes,
    close() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', cancel)
    },
  }
}
