import { constants, verify } from 'node:crypto'
import { isCborMap, readCbor } from '../../kernel/cbor.ts'
import { type CoseSign1, readCoseSign1 } from '../../kernel/cose.ts'
import { inflateWhole } from '../../kernel/inflate.ts'
import { refusal, refused } from '../refusals.ts'
import type { DccKey, ForeignTrust } from '../trust.ts'
import type { ForeignContext, ForeignRefusal, ForeignVerdict } from '../types.ts'
import { decodeBase45 } from './base45.ts'
import { type DccContent, readCertificate } from './certificate.ts'

const PREFIX = 'HC1:'

/** The largest QR code holds 4,296 characters of this alphabet. */
const MAX_LENGTH = 8192
/** A certificate has some 400 bytes. */
const MAX_BYTES = 16 * 1024

/** Claims of the CWT (RFC 8392 §4; -260 is the health certificate's own). */
const CLAIM = { iss: 1, exp: 4, iat: 6, hcert: -260 } as const
/** Place of the certificate inside the claim -260. */
const EU_DCC = 1

interface DccClaims {
  /** Country; optional in the specification. */
  readonly iss: string | undefined
  /** Seconds since 1970; some issuers write fractions. */
  readonly exp: number
  readonly iat: number
  readonly content: DccContent
}

/**
 * Reads an EU Digital COVID Certificate: base45, zlib, COSE_Sign1, CWT, certificate. The signature is checked before
 * the content is looked at.
 */
export function readDcc(trust: ForeignTrust, text: string, context: ForeignContext): ForeignVerdict {
  const cose = unwrapDcc(text)
  if (cose === undefined) return refused('dcc', refusal('malformed', 'code'))
  if (trust.dcc === undefined) return refused('dcc', refusal('trust-list-missing'))
  const { alg } = cose
  if (alg !== 'ES256' && alg !== 'PS256') return refused('dcc', refusal('algorithm-not-allowed', 'header'))
  const kid = Buffer.from(cose.kid ?? []).toString('hex')
  const candidates = trust.dcc.keys.get(kid) ?? []
  if (candidates.length === 0) return refused('dcc', refusal('key-unknown'))
  // The key says how it signs, not the certificate. A kid is 8 bytes of a hash and may stand for several keys.
  const key = candidates.find((one) => one.alg === alg && isSignedBy(one, cose))
  if (key === undefined) return refused('dcc', refusal('signature-invalid'))
  const claims = readClaims(cose.payload)
  if (claims === undefined) return refused('dcc', refusal('malformed', 'payload'))
  const endMs = Math.min(claims.exp * 1000, key.validToMs)
  const reasons = [
    ...(context.nowMs >= trust.dcc.validUntilMs ? [refusal('trust-list-too-old')] : []),
    ...reasonsOfKey(claims, key, context),
    ...(claims.iat > context.nowMs / 1000 + context.clockSkewS ? [refusal('not-yet-valid')] : []),
    ...(claims.exp * 1000 <= context.nowMs ? [refusal('expired')] : []),
  ]
  if (reasons.length > 0) return refused('dcc', ...reasons)
  const { kind, holder } = claims.content
  const issuer = claims.iss ?? key.country
  return {
    verdict: 'accepted',
    format: 'dcc',
    kind,
    issuer,
    issuedAtMs: Math.floor(claims.iat * 1000),
    expiresAtMs: Math.floor(endMs),
    holder,
  }
}

/** The signed message in the text of a code, whoever signed it. */
export function unwrapDcc(text: string): CoseSign1 | undefined {
  if (!text.startsWith(PREFIX) || text.length > MAX_LENGTH) return undefined
  const compressed = decodeBase45(text.slice(PREFIX.length))
  const bytes = compressed && inflateWhole(compressed, { format: 'zlib', maxBytes: MAX_BYTES })
  return bytes && readCoseSign1(bytes)
}

/** PS256 as in RFC 8230 §2: SHA-256 for both, a salt of 32 bytes. ES256 as r and s, 64 bytes. */
function isSignedBy({ alg, publicKey }: DccKey, { signed, signature }: CoseSign1): boolean {
  return alg === 'ES256'
    ? signature.length === 64 && verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
    : verify('sha256', signed, { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature)
}

function readClaims(payload: Uint8Array): DccClaims | undefined {
  const map = readCbor(payload)?.value
  if (!isCborMap(map)) return undefined
  const iss = map.get(CLAIM.iss)
  const exp = map.get(CLAIM.exp)
  const iat = map.get(CLAIM.iat)
  const hcert = map.get(CLAIM.hcert)
  const content = isCborMap(hcert) ? readCertificate(hcert.get(EU_DCC)) : undefined
  if (!isSeconds(exp) || !isSeconds(iat) || exp < iat || content === undefined) return undefined
  if (iss !== undefined && typeof iss !== 'string') return undefined
  return { iss, exp, iat, content }
}

/**
 * A key speaks for its own country, for the kinds that its certificate names, and for certificates issued while it is
 * in force. Its end ends what it signed: that issuers may not write a later `exp` does not stop them.
 */
function reasonsOfKey(claims: DccClaims, key: DccKey, { nowMs }: ForeignContext): readonly ForeignRefusal[] {
  const issuedMs = claims.iat * 1000
  const inForce = issuedMs >= key.validFromMs && issuedMs <= key.validToMs && nowMs <= key.validToMs
  return [
    ...(claims.iss === undefined || claims.iss === key.country ? [] : [refusal('issuer-mismatch')]),
    ...(key.uses.has(claims.content.kind) ? [] : [refusal('key-use-not-allowed')]),
    ...(inForce ? [] : [refusal('key-not-in-force')]),
  ]
}

/** Seconds since 1970, not milliseconds. */
const isSeconds = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 100_000_000_000
