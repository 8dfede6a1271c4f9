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
  put(token: string, verified: VerifiedToken): void
}

/** Of each of two generations: some 20 MB of tokens at most. */
const GENERATION = 10_000

/**
 * Remembers that a signature was good and nothing else: time, key and status are looked at again for each showing. By the
 * whole token, so a changed one only misses; never by the signature, which a holder can change without breaking it.
 *
 * Two generations instead of an order of use: what was asked for lately moves to the young one, and when that is full
 * the old one goes as a whole. Codes that are shown once cost one insertion and are gone two generations later.
 */
export function createVerifiedTokens(): VerifiedTokens {
  let young = new Map<string, VerifiedToken>()
  let old = new Map<string, VerifiedToken>()
  const put = (token: string, verified: VerifiedToken): void => {
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
      if (earlier !== undefined) put(token, earlier)
      return earlier
    },
    put,
  }
}
