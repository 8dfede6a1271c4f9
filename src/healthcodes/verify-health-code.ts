import type { CityCode } from '../codes/index.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import { type HealthClaims, type ReadHealthCode, readHealthCode } from './read-code.ts'
import { type HealthRefusal, type HealthRefusalCode, refusal } from './refusals.ts'
import type { HealthRegistry } from './registry.ts'
import { mapLevel, policyAt, timeProblems } from './rules.ts'
import type { VersionState } from './state.ts'
import type { Bilingual, HealthLevel, IssuerVersion, PolicyRow } from './types.ts'

/** All that reading a code needs: memory only, online or from a bundle. */
export interface HealthCodeMemory {
  readonly keys: Pick<IssuerKeys, 'issuer'>
  readonly registry: HealthRegistry
  readonly policy: readonly PolicyRow[]
  /** Whether an order is in force in a city; where none is named, in any of them. */
  isActive(nowMs: number, city?: CityCode): boolean
  /** Undefined offline: whether a level was changed since cannot be known there. */
  readonly versionState?: ((stateId: string, nowMs: number) => VersionState) | undefined
}

export interface HealthFreshness {
  readonly ageS: number
  readonly maxAgeS: number
  /** True where the level was compared with what its city says now. */
  readonly comparedWithIssuer: boolean
}

export interface RecognisedHealthCode {
  readonly result: 'recognised'
  readonly level: HealthLevel
  readonly issuer: string
  readonly issuerName: Bilingual
  readonly region: string
  readonly issuerLevel: string
  readonly version: number
  readonly stateId: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly freshness: HealthFreshness
  readonly clockSkewS: number
  readonly reasons: readonly []
}

/** Never green and never red: nothing is known of the person from this code. */
export interface UnrecognisedHealthCode {
  readonly result: 'notRecognised'
  readonly reasons: readonly HealthRefusal[]
  /** Of a code whose signature holds. */
  readonly issuer: string | null
  readonly stateId: string | null
  readonly freshness: HealthFreshness | null
}

export type HealthVerdict = RecognisedHealthCode | UnrecognisedHealthCode

/**
 * Decides about a health code of our cities or of a registered issuer. At once, or as a promise where the signature is
 * SM2. What is not signed by a known key is refused at once; of what is, every reason is listed.
 */
export function verifyHealthCode(
  memory: HealthCodeMemory,
  code: string,
  context: { readonly nowMs: number },
): HealthVerdict | Promise<HealthVerdict> {
  if (!memory.isActive(context.nowMs)) return notSigned('dormant')
  const read = readHealthCode(code)
  if (read === undefined) return notSigned('malformed')
  const { claims } = read
  const versions = memory.registry.of(claims.iss)
  if (versions === undefined) return notSigned('issuer-unknown')
  const key = keyOf(memory, versions, claims, context.nowMs)
  if (typeof key === 'string') return notSigned(key)
  const good = key.verify(read.signed, read.signature)
  const conclude = (holds: boolean): HealthVerdict =>
    holds ? decide(memory, read, { versions, keyProblems: key.problems }, context) : notSigned('signature-invalid')
  return typeof good === 'boolean' ? conclude(good) : good.then(conclude)
}

interface FoundKey {
  verify(signed: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
  readonly problems: readonly HealthRefusalCode[]
}

/** The key that the code names, of its issuer alone; or why it cannot be tried. */
function keyOf(
  memory: HealthCodeMemory,
  versions: readonly IssuerVersion[],
  claims: HealthClaims,
  nowMs: number,
): FoundKey | HealthRefusalCode {
  // Whose keys count is said by the register, never by the code: a city's name belongs to its keys in `issuers`.
  if (versions.every((one) => one.city === null)) {
    const key = memory.registry.foreignKey(claims.iss, claims.kid, claims.ver)
    if (key === undefined) return 'key-unknown'
    return key.alg === claims.alg ? { verify: key.verify, problems: [] } : 'algorithm-not-allowed'
  }
  const key = memory.keys.issuer(claims.iss)?.keys.get(claims.kid)
  if (key === undefined) return 'key-unknown'
  if (key.revoked) return 'key-revoked'
  if (key.alg !== claims.alg) return 'algorithm-not-allowed'
  const issuedMs = claims.iat * 1000
  // `iat` counts whole seconds and is said by another clock than that of the key's times. Without the figure nothing is
  // borne; the code is then refused for the missing figure anyway.
  const skewMs = (policyAt(memory.policy, 'clock-skew-s', nowMs)?.value ?? 0) * 1000
  const inForce =
    issuedMs + skewMs >= key.activeFromMs && issuedMs - skewMs <= key.retiredAtMs && nowMs <= key.verifyUntilMs
  const problems: HealthRefusalCode[] = []
  if (!key.uses.has('health')) problems.push('key-use-not-allowed')
  if (!inForce) problems.push('key-not-in-force')
  return { verify: (signed, signature) => key.verify(signed, signature), problems }
}

function decide(
  memory: HealthCodeMemory,
  { claims }: ReadHealthCode,
  known: { readonly versions: readonly IssuerVersion[]; readonly keyProblems: readonly HealthRefusalCode[] },
  { nowMs }: { readonly nowMs: number },
): HealthVerdict {
  const issuedMs = claims.iat * 1000
  const expiresMs = claims.exp * 1000
  const version = known.versions.find((one) => one.version === claims.ver)
  // Only of our own cities is it known here what they say now.
  const city = version?.city ?? null
  const versionState = city === null ? undefined : memory.versionState
  const mapped = mapLevel(known.versions, {
    version: claims.ver,
    issuerLevel: claims.lvl,
    atMs: [issuedMs, nowMs],
  })
  const maxAge = policyAt(memory.policy, 'code-max-age-s', nowMs)?.value
  const skewS = policyAt(memory.policy, 'clock-skew-s', nowMs)?.value
  const reasons: HealthRefusalCode[] = [...known.keyProblems, ...mapped.problems]
  let freshness: HealthFreshness | null = null
  if (maxAge === undefined || skewS === undefined) {
    reasons.push('policy-missing')
  } else {
    const maxAgeS = Math.min(maxAge, version?.maxAgeS ?? maxAge)
    const limits = { nowMs, skewMs: skewS * 1000, maxAgeMs: maxAgeS * 1000 }
    reasons.push(...timeProblems({ issuedMs, expiresMs }, limits))
    freshness = {
      ageS: Math.round((nowMs - issuedMs) / 1000),
      maxAgeS,
      comparedWithIssuer: versionState !== undefined,
    }
  }
  // All levels of a city fall with its order, whether or not another city's stands: known offline, too.
  const fallen = city !== null && !memory.isActive(nowMs, city)
  if (fallen || versionState?.(claims.sub, nowMs) === 'superseded') reasons.push('superseded')
  if (
    reasons.length > 0 ||
    mapped.level === undefined ||
    version === undefined ||
    freshness === null ||
    skewS === undefined
  ) {
    const { iss: issuer, sub: stateId } = claims
    return { result: 'notRecognised', reasons: reasons.map(refusal), issuer, stateId, freshness }
  }
  return {
    result: 'recognised',
    level: mapped.level,
    issuer: claims.iss,
    issuerName: version.name,
    region: version.region,
    issuerLevel: claims.lvl,
    version: claims.ver,
    stateId: claims.sub,
    issuedAtMs: issuedMs,
    expiresAtMs: expiresMs,
    freshness,
    clockSkewS: skewS,
    reasons: [],
  }
}

function notSigned(code: HealthRefusalCode): UnrecognisedHealthCode {
  return { result: 'notRecognised', reasons: [refusal(code)], issuer: null, stateId: null, freshness: null }
}
