import { isStatusBits, type StatusBits } from './codec.ts'

/** `typ` of a list as JWT, and as CWT. */
export const STATUS_LIST_JWT = 'statuslist+jwt'
export const STATUS_LIST_CWT = 'application/statuslist+cwt'

/** What a list says beside its bits; seconds since 1970. */
export interface StatusListClaims {
  /** Address of the list: equals `uri` in the cards that it is about. */
  readonly sub: string
  readonly iat: number
  /** Hard end. */
  readonly exp: number | null
  /** Seconds after the fetch at which it should be fetched again. */
  readonly ttl: number | null
}

/** Payload of a list as JWT, in the order in which it is written. */
export function statusListPayload(claims: {
  readonly iss?: string | undefined
  readonly sub: string
  readonly iat: number
  readonly exp: number
  readonly ttl: number
  readonly bits: StatusBits
  readonly lst: string
}): object {
  const { iss, sub, iat, exp, ttl, bits, lst } = claims
  return { ...(iss === undefined ? {} : { iss }), sub, iat, exp, ttl, status_list: { bits, lst } }
}

/** A list that claims to be good for longer than a year to come says nothing about today. */
const LONGEST_TTL_S = 366 * 86_400

/** Reads the claims of either form; `undefined` where one is missing or of another kind. */
export function readClaims(raw: {
  readonly sub: unknown
  readonly iat: unknown
  readonly exp: unknown
  readonly ttl: unknown
}): StatusListClaims | undefined {
  const { sub, iat, exp, ttl } = raw
  if (typeof sub !== 'string' || !isSeconds(iat)) return undefined
  if (exp !== undefined && (!isSeconds(exp) || exp <= iat)) return undefined
  if (ttl !== undefined && (typeof ttl !== 'number' || !Number.isFinite(ttl) || ttl <= 0)) return undefined
  return { sub, iat, exp: exp ?? null, ttl: ttl === undefined ? null : Math.min(ttl, LONGEST_TTL_S) }
}

/** `bits` and `lst` of either form. */
export function readList(bits: unknown, lst: unknown) {
  return isStatusBits(bits) && (typeof lst === 'string' || lst instanceof Uint8Array) ? { bits, lst } : undefined
}

/** The instant at which a list fetched at `fetchedAtMs` should be fetched again; `exp` ends it in any case. */
export function refetchAtMs(claims: StatusListClaims, fetchedAtMs: number): number {
  const byTtl = claims.ttl === null ? Number.POSITIVE_INFINITY : fetchedAtMs + claims.ttl * 1000
  return Math.min(byTtl, claims.exp === null ? Number.POSITIVE_INFINITY : claims.exp * 1000)
}

/** Seconds since 1970, not milliseconds. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 100_000_000_000
}
