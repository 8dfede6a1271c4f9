import { decodeBase64url } from '../kernel/base64url.ts'
import { isUuid } from '../kernel/ids.ts'
import { parseStrictObjectBytes } from '../kernel/strict-json.ts'

/** `typ` of a health code (RFC 7515 §4.1.9; explicit types keep tokens of one kind from passing for another, RFC 8725 §3.11). */
export const HEALTH_CODE_TYPE = 'ymt-health+jwt'

/** What a health code says. Nothing in it names a person: `sub` names one version of a level. */
export interface HealthClaims {
  readonly alg: string
  readonly kid: string
  readonly iss: string
  readonly sub: string
  readonly lvl: string
  readonly ver: number
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
}

export interface ReadHealthCode {
  readonly claims: HealthClaims
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** A code has about 420 characters. */
export const MAX_CODE_LENGTH = 1024

/** Farthest instant that a Date can hold, in seconds. */
const MAX_SECONDS = 8_640_000_000_000

/** Takes a code apart, strictly: nothing is repaired, nothing unknown is passed over. */
export function readHealthCode(code: string): ReadHealthCode | undefined {
  if (code.length > MAX_CODE_LENGTH) return undefined
  const parts = code.split('.')
  const [headerText, payloadText, signatureText] = parts
  if (parts.length !== 3 || headerText === undefined || payloadText === undefined || signatureText === undefined) {
    return undefined
  }
  const header = objectOf(headerText, ['alg', 'kid', 'typ'])
  const payload = objectOf(payloadText, ['iss', 'sub', 'lvl', 'ver', 'iat', 'exp'])
  const signature = decodeBase64url(signatureText)
  if (header === undefined || payload === undefined || signature === undefined) return undefined
  const { alg, kid, typ } = header
  const { iss, sub, lvl, ver, iat, exp } = payload
  if (typ !== HEALTH_CODE_TYPE || !isText(alg, 16) || !isText(kid, 64)) return undefined
  if (!isText(iss, 128) || !isText(sub, 36) || !isUuid(sub) || !isText(lvl, 32)) return undefined
  if (!isWhole(ver, 2_147_483_647) || !isWhole(iat, MAX_SECONDS) || !isWhole(exp, MAX_SECONDS)) return undefined
  return {
    claims: { alg, kid, iss, sub, lvl, ver, iat, exp },
    signed: Buffer.from(`${headerText}.${payloadText}`, 'latin1'),
    signature,
  }
}

function objectOf<const Name extends string>(
  text: string,
  names: readonly Name[],
): Readonly<Record<Name, unknown>> | undefined {
  const bytes = decodeBase64url(text)
  const value = bytes === undefined ? undefined : parseStrictObjectBytes(bytes)
  if (value === undefined || Object.keys(value).length !== names.length) return undefined
  return names.every((name) => Object.hasOwn(value, name)) ? (value as Readonly<Record<Name, unknown>>) : undefined
}

const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= max

const isWhole = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
