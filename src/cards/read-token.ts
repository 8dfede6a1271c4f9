import type { KeyAlgorithm } from '../issuers/index.ts'
import { decodeBase64url } from '../kernel/base64url.ts'
import { isUuid } from '../kernel/ids.ts'
import { scanJson } from '../kernel/json-depth.ts'
import { refusal } from './refusals.ts'
import { CARD_TYPE, CODE_TYPE } from './token.ts'
import type { Refusal, ShownKind } from './types.ts'

/** What a card or a code says, after its form was checked; whether it is true its signature has to show. */
export interface TokenClaims {
  readonly kind: ShownKind
  readonly alg: KeyAlgorithm
  readonly kid: string
  readonly iss: string
  readonly cardId: string
  /** Of a dynamic code. */
  readonly nonce: string | null
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
  /** Place in the issuer's list. */
  readonly idx: number
  /** Purpose that the code is bound to. */
  readonly purpose: string | undefined
}

export interface ReadToken {
  readonly claims: TokenClaims
  readonly signed: Buffer
  readonly signature: Buffer
}

/** A code has about 400 characters; more than this is not ours. */
const MAX_LENGTH = 1024

/** For all three algorithms. */
const SIGNATURE_BYTES = 64

const ALGORITHMS: ReadonlySet<unknown> = new Set<KeyAlgorithm>(['ES256', 'EdDSA', 'SM2-SM3'])

interface Header {
  readonly alg: KeyAlgorithm
  readonly kid: string
  readonly kind: ShownKind
}

/**
 * Headers read before: an issuer's tokens all begin with the same few. A flood of other headers fills the map at most
 * once a time; what was in it is then read again.
 */
const headers = new Map<string, Header>()
const HEADERS = 256

/** Takes a compact JWS apart, strictly; nothing is repaired. */
export function readToken(code: string): ReadToken | Refusal {
  const first = code.indexOf('.')
  const second = code.indexOf('.', first + 1)
  if (code.length > MAX_LENGTH || first < 0 || second < 0) return refusal('malformed', 'code')
  const header = headers.get(code.slice(0, first)) ?? readHeader(code.slice(0, first))
  if ('code' in header) return header
  const payload = decodeBase64url(code.slice(first + 1, second))
  if (payload === undefined) return refusal('malformed', 'payload')
  const signature = decodeBase64url(code.slice(second + 1))
  // 64 bytes exactly: DER, which is longer, would give the signature more spellings.
  if (signature?.length !== SIGNATURE_BYTES) return refusal('malformed', 'signature')
  const claims = readPayload(payload, header)
  if (claims === undefined) return refusal('malformed', 'payload')
  return { claims, signed: Buffer.from(code.slice(0, second), 'latin1'), signature }
}

function readHeader(segment: string): Header | Refusal {
  const bytes = decodeBase64url(segment)
  const value = bytes && parseObject(bytes)
  // No member beyond the three: `crit`, `jku`, `jwk`, `x5c` would let the token choose how it is verified.
  if (value === undefined || Object.keys(value).length !== 3) return refusal('malformed', 'header')
  const { alg, kid, typ } = value
  if (!ALGORITHMS.has(alg)) return refusal('algorithm-not-allowed', 'header')
  const kind = typ === CODE_TYPE ? 'code' : typ === CARD_TYPE ? 'card' : undefined
  if (typeof kid !== 'string' || kind === undefined) return refusal('malformed', 'header')
  const header: Header = { alg: alg as KeyAlgorithm, kid, kind }
  if (headers.size >= HEADERS) headers.clear()
  headers.set(segment, header)
  return header
}

/** Ids are stored and audited: one of another form would be a fault there, whoever signed it. */
const NONCE = /^[\x21-\x7e]{1,64}$/

/** Members that a payload may have; one more might be a condition that this program does not know. */
const CARD_MEMBERS = 5
const CODE_MEMBERS = 6

function readPayload(bytes: Buffer, header: Header): TokenClaims | undefined {
  const value = parseObject(bytes)
  if (value === undefined) return undefined
  const { iss, sub, jti, iat, exp, idx, pur } = value
  const { kind } = header
  if (typeof iss !== 'string' || typeof jti !== 'string' || !isSeconds(iat) || !isSeconds(exp) || iat >= exp)
    return undefined
  if (!Number.isSafeInteger(idx) || (idx as number) < 0) return undefined
  const cardId = kind === 'card' ? jti : sub
  if (typeof cardId !== 'string' || !isUuid(cardId)) return undefined
  if (kind === 'code' ? !NONCE.test(jti) : sub !== undefined) return undefined
  if (pur !== undefined && (typeof pur !== 'string' || kind === 'card')) return undefined
  const members = (kind === 'card' ? CARD_MEMBERS : CODE_MEMBERS) + (pur === undefined ? 0 : 1)
  if (Object.keys(value).length !== members) return undefined
  return {
    ...header,
    iss,
    cardId,
    nonce: kind === 'card' ? null : jti,
    iat,
    exp,
    idx: idx as number,
    purpose: pur as string | undefined,
  }
}

/**
 * A JSON object in which no member comes twice: two readers of such a member can disagree about what was signed (RFC 8725
 * §2.4).
 */
function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const text = bytes.toString('utf8')
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const { depth, members } = scanJson(text, FLAT)
    return depth === FLAT && members === Object.keys(value).length ? (value as Record<string, unknown>) : undefined
  } catch {
    // Not JSON is an answer here, not a fault: the caller says "malformed".
    return undefined
  }
}

/** Nothing of ours has an object in it. */
const FLAT = 1

/** Seconds since 1970; a value in milliseconds is a fault, not a date in the year 50000. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 100_000_000_000
}
