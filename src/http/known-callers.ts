import type { Caller } from './access.ts'
import { createBoundedMap } from './bounded-map.ts'

/** An access token that was verified before. */
export interface KnownCaller {
  readonly caller: Caller
  readonly kid: string
  /** Seconds since 1970, from the token. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Verified tokens by the whole `Authorization` header. */
export interface KnownCallers {
  get(authorization: string): KnownCaller | undefined
  put(authorization: string, known: KnownCaller): void
}

/** A client has one or two tokens at a time. */
const LIMIT = 10_000

/**
 * Remembers only that a signature was good: time, key and client are checked again for each request. The whole header is
 * the key, so a changed token finds nothing, and only verified ones are kept, so nobody can fill it with noise.
 */
export function createKnownCallers(): KnownCallers {
  const known = createBoundedMap<KnownCaller>(LIMIT)
  return { get: known.get, put: known.set }
}
