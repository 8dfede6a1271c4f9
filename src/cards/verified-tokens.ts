import type { IssuerKey } from '../issuers/index.ts'
import type { TokenClaims } from './read-token.ts'

/** A token whose signature was found good, and the key it was found good with. */
export interface VerifiedToken {
  readonly claims: TokenClaims
  readonly key: IssuerKey
}

/** Tokens that were verified before, by their whole text. */
export interface VerifiedTokens {
  get(token: string): VerifiedToken | undefined
  /** Remembers a token that was verified, from its second showing on. */
  put(token: string, signature: Uint8Array, verified: VerifiedToken): void
}

/** Of each of two generations: some 20 MB of tokens at most. */
const GENERATION = 10_000

/** Places for first showings; a power of two. */
const DOORS = 65_536

/**
 * Remembers that a signature was good and nothing else: time, key and status are looked at again for each showing. By the
 * whole token, so a changed one only misses; never by the signature, which a holder can change without breaking it.
 *
 * Only what is shown again is kept: most cards and codes are shown once, and keeping those would cost more (memory, and
 * the collector that walks it) than it saves. Two generations instead of an order of use: what was asked for lately moves
 * to the young one, and when that is full the old one goes as a whole.
 */
export function createVerifiedTokens(): VerifiedTokens {
  let young = new Map<string, VerifiedToken>()
  let old = new Map<string, VerifiedToken>()
  /** Four bytes of the signature of what was shown last at each place; two of the same are a token that came again. */
  const doors = new Uint32Array(DOORS)
  const keep = (token: string, verified: VerifiedToken): void => {
    if (young.size >= GENERATION) {
      old = young
      young = new Map()
    }
    young.set(token, verified)
  }
  return {
    get(token) {
      const recent = young.get(token)
      if (recent !== undefined) return recent
      const earlier = old.get(token)
      if (earlier !== undefined) keep(token, earlier)
      return earlier
    },
    put(token, signature, verified) {
      const door = (byteAt(signature, 0) << 8) | byteAt(signature, 1)
      const high = (byteAt(signature, 2) << 24) | (byteAt(signature, 3) << 16)
      const mark = (high | (byteAt(signature, 4) << 8) | byteAt(signature, 5)) >>> 0
      // Signed by an issuer, so random; who makes two alike gains that one of them is remembered early.
      if (doors[door] === mark) keep(token, verified)
      else doors[door] = mark
    },
  }
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
