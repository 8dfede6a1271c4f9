import { type CityCode, isCityCode } from '../codes/index.ts'
import {
  type Issuer,
  type IssuerKey,
  jwkToVerifier,
  type KeyAlgorithm,
  type KeyUse,
  type PublicJwk,
  type PublishedJwk,
} from '../issuers/index.ts'
import { isObject } from '../kernel/strict-json.ts'

/** A key as it stands in a bundle. A revoked one has no `jwk`: what it signed is refused unread. */
export interface KeyJson {
  readonly kid: string
  readonly alg: KeyAlgorithm
  readonly uses: readonly KeyUse[]
  /** Milliseconds since 1970; null where open. */
  readonly activeFrom: number
  readonly retiredAt: number | null
  readonly verifyUntil: number | null
  readonly revoked: boolean
  readonly jwk?: PublicJwk
}

export interface IssuerJson {
  readonly iss: string
  readonly city: CityCode
  readonly keys: readonly KeyJson[]
}

/** The keys of one issuer, the revoked ones too: offline as online a card must be told why it is refused. */
export function writeIssuer(issuer: Issuer, published: readonly PublishedJwk[]): IssuerJson {
  const jwks = new Map(published.map((jwk) => [jwk.kid, jwk]))
  return {
    iss: issuer.iss,
    city: issuer.city,
    keys: [...issuer.keys.values()].map((key) => {
      const jwk = key.revoked ? undefined : jwks.get(key.kid)
      return {
        kid: key.kid,
        alg: key.alg,
        uses: [...key.uses],
        activeFrom: key.activeFromMs,
        retiredAt: orNull(key.retiredAtMs),
        verifyUntil: orNull(key.verifyUntilMs),
        revoked: key.revoked,
        ...(jwk === undefined ? {} : { jwk: publicHalf(jwk) }),
      }
    }),
  }
}

/** Reads the part; undefined where it has not the form. */
export function readIssuers(value: unknown): readonly IssuerJson[] | undefined {
  if (!Array.isArray(value)) return undefined
  const issuers = value.map(readIssuer)
  return issuers.includes(undefined) ? undefined : (issuers as IssuerJson[])
}

/** Makes of it what the verifier reads. */
export function toIssuer({ iss, city, keys }: IssuerJson): Issuer {
  return { iss, city, keys: new Map(keys.map((key) => [key.kid, toKey(iss, city, key)])) }
}

function toKey(iss: string, city: CityCode, key: KeyJson): IssuerKey {
  let verify: IssuerKey['verify'] | undefined
  return {
    kid: key.kid,
    iss,
    city,
    alg: key.alg,
    uses: new Set(key.uses),
    activeFromMs: key.activeFrom,
    retiredAtMs: key.retiredAt ?? Number.POSITIVE_INFINITY,
    verifyUntilMs: key.verifyUntil ?? Number.POSITIVE_INFINITY,
    revoked: key.revoked || key.jwk === undefined,
    verify(signed, signature) {
      // Opened on first use: one code needs one key, and SM2 keys cost a table each.
      verify ??= key.jwk === undefined ? () => false : jwkToVerifier(key.jwk)
      return verify(signed, signature)
    },
  }
}

function readIssuer(value: unknown): IssuerJson | undefined {
  if (!isObject(value)) return undefined
  const { iss, city, keys } = value
  if (typeof iss !== 'string' || typeof city !== 'string' || !isCityCode(city) || !Array.isArray(keys)) return undefined
  const read = keys.map(readKey)
  return read.includes(undefined) ? undefined : { iss, city, keys: read as KeyJson[] }
}

// What this program does not know must not pass: another algorithm or use makes the part unreadable.
const ALGORITHMS: readonly unknown[] = ['ES256', 'EdDSA', 'SM2-SM3'] satisfies readonly KeyAlgorithm[]
const USES: readonly unknown[] = ['card', 'code', 'status', 'health', 'bundle'] satisfies readonly KeyUse[]

function readKey(value: unknown): KeyJson | undefined {
  if (!isObject(value)) return undefined
  const { kid, alg, uses, activeFrom, retiredAt, verifyUntil, revoked, jwk } = value
  if (typeof kid !== 'string' || !ALGORITHMS.includes(alg) || typeof revoked !== 'boolean') return undefined
  if (!Array.isArray(uses) || !uses.every((use) => USES.includes(use))) return undefined
  if (!isInstant(activeFrom) || !isEnd(retiredAt) || !isEnd(verifyUntil)) return undefined
  if (jwk !== undefined && !isJwk(jwk)) return undefined
  return {
    kid,
    alg: alg as KeyAlgorithm,
    uses: uses as KeyUse[],
    activeFrom,
    retiredAt,
    verifyUntil,
    revoked,
    ...(jwk === undefined ? {} : { jwk }),
  }
}

const publicHalf = ({ kty, crv, x, y }: PublicJwk): PublicJwk => ({ kty, crv, x, ...(y === undefined ? {} : { y }) })

function isJwk(value: unknown): value is PublicJwk {
  if (!isObject(value)) return false
  const { kty, crv, x, y } = value
  const known = (kty === 'EC' && (crv === 'P-256' || crv === 'SM2')) || (kty === 'OKP' && crv === 'Ed25519')
  return known && typeof x === 'string' && (kty === 'EC' ? typeof y === 'string' : y === undefined)
}

const orNull = (ms: number): number | null => (Number.isFinite(ms) ? ms : null)
const isInstant = (value: unknown): value is number => Number.isSafeInteger(value)
const isEnd = (value: unknown): value is number | null => value === null || isInstant(value)
