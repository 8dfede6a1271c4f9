import { type CityCode, isCityCode } from '../codes/index.ts'
import { isObject } from '../kernel/strict-json.ts'
import { isDate } from '../kernel/time.ts'
import type { PartEntry } from './container.ts'

export const BUNDLE_TYPE = 'ymt-trust-bundle+jwt'

/** What a bundle says of itself; seconds since 1970. */
export interface Manifest {
  /** Issuer whose key signed the bundle. */
  readonly iss: string
  /** Address of the hub that the bundle comes from. */
  readonly hub: string
  /** Later bundles have larger numbers. */
  readonly seq: number
  readonly iat: number
  /** Everything that was committed by then is in it. */
  readonly asOf: number
  /** Nothing is accepted on its word from then on. */
  readonly exp: number
  readonly clockSkewS: number
  /** First day of the policy, and the age in seconds from which on `stale` is said. */
  readonly policyFrom: string
  readonly warnAfterS: number
  readonly parts: readonly PartEntry[]
}

/** Names of the parts, in their order; one list of status for each city stands after the issuers. */
export const PART = {
  issuers: 'issuers',
  status: (city: CityCode): string => `status-list:${city}`,
  institutions: 'institutions',
  healthCodes: 'health-codes',
  foreign: 'foreign',
} as const

/** Reads the payload of a manifest, strictly; undefined where something is missing, added or of another kind. */
export function readManifest(value: Readonly<Record<string, unknown>>): Manifest | undefined {
  const { iss, hub, seq, iat, asOf, exp, clockSkewS, policyFrom, warnAfterS, parts } = value
  if (Object.keys(value).length !== MEMBERS) return undefined
  if (typeof iss !== 'string' || typeof hub !== 'string' || typeof policyFrom !== 'string' || !isDate(policyFrom)) {
    return undefined
  }
  if (!isCount(seq) || !isCount(iat) || !isCount(asOf) || !isCount(exp) || asOf > iat || exp <= iat) return undefined
  if (!isCount(clockSkewS) || !isCount(warnAfterS)) return undefined
  const entries = Array.isArray(parts) ? parts.map(readEntry) : [undefined]
  if (entries.includes(undefined)) return undefined
  return { iss, hub, seq, iat, asOf, exp, clockSkewS, policyFrom, warnAfterS, parts: entries as PartEntry[] }
}

const MEMBERS = 10

function readEntry(value: unknown): PartEntry | undefined {
  if (!isObject(value)) return undefined
  const { name, bytes, sha256 } = value
  if (typeof name !== 'string' || !isCount(bytes) || typeof sha256 !== 'string') return undefined
  return { name, bytes, sha256 }
}

/** City of a part that is a status list. */
export function cityOfPart(name: string): CityCode | undefined {
  const city = name.startsWith('status-list:') ? name.slice('status-list:'.length) : ''
  return isCityCode(city) ? city : undefined
}

/** A whole number of a size that a date in seconds or a counter can have. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 100_000_000_000
}
