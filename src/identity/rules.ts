/** Longest life of a client assertion, in seconds (SMART Backend Services: exp at most five minutes ahead). */
export const ASSERTION_MAX_S = 300
const JTI_MAX_LENGTH = 255

export interface AssertionContext {
  readonly clientId: string
  /** Address of the token endpoint. */
  readonly audience: string
  readonly nowS: number
  readonly skewS: number
}

/**
 * Every reason for which the claims of a client assertion are refused; empty when they hold. The reasons name the
 * rule and our own values only, because they go into `error_description`.
 *
 * RFC 7523 §3 with the stricter points of SMART Backend Services: `jti` is needed, `exp` is near. The audience is the
 * token endpoint alone: an assertion that also names another server could have been taken from there.
 */
export function checkAssertionClaims(claims: Readonly<Record<string, unknown>>, context: AssertionContext): string[] {
  const { iss, sub, aud, exp, nbf, iat, jti } = claims as Record<string, unknown>
  const { clientId, nowS, skewS } = context
  const reasons: string[] = []
  if (iss !== clientId || sub !== clientId) reasons.push('iss and sub must both be the client id')
  if ((Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) !== context.audience) {
    reasons.push(`aud must be ${context.audience} and nothing else`)
  }
  if (!isSeconds(exp)) reasons.push('exp is required, in seconds')
  else if (exp + skewS <= nowS) reasons.push(`exp lies ${Math.ceil(nowS - exp)} s in the past`)
  else if (exp > nowS + ASSERTION_MAX_S + skewS) {
    reasons.push(`exp lies ${Math.floor(exp - nowS)} s ahead, more than ${ASSERTION_MAX_S} s`)
  }
  if (nbf !== undefined && !(isSeconds(nbf) && nbf <= nowS + skewS)) reasons.push('nbf lies in the future')
  if (iat !== undefined && !(isSeconds(iat) && iat <= nowS + skewS)) reasons.push('iat lies in the future')
  if (!isJti(jti)) reasons.push(`jti is required, 1 to ${JTI_MAX_LENGTH} characters`)
  return reasons
}

export type ScopeVerdict = { readonly granted: readonly string[] } | { readonly refused: readonly string[] }

/**
 * Which scopes a token gets: all that the client was granted when it asks for none (RFC 6749 §3.3), else exactly those
 * it asks for. Asking for one too many is refused as a whole: a token with less than asked for fails later, elsewhere.
 */
export function decideScopes(asked: string, grantedToClient: readonly string[]): ScopeVerdict {
  const wanted = [...new Set(asked.split(' ').filter((scope) => scope !== ''))]
  const refused = wanted.filter((scope) => !grantedToClient.includes(scope))
  if (refused.length > 0) return { refused }
  return { granted: wanted.length > 0 ? wanted : grantedToClient }
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function isJti(value: unknown): value is string {
  // NUL cannot be stored as text in PostgreSQL.
  return typeof value === 'string' && value.length > 0 && value.length <= JTI_MAX_LENGTH && !value.includes('\0')
}
