import { decodeBase64url } from '../kernel/base64url.ts'
import { isCborMap, readCbor } from '../kernel/cbor.ts'
import { readCoseSign1 } from '../kernel/cose.ts'
import { isObject, parseStrictObjectBytes } from '../kernel/strict-json.ts'
import { readClaims, readList, STATUS_LIST_CWT, STATUS_LIST_JWT, type StatusListClaims } from './claims.ts'
import { decodeStatusList, type StatusBits, type StatusList } from './codec.ts'

/** JOSE names of the algorithms that sign lists. */
export type StatusListAlgorithm = 'ES256' | 'EdDSA' | 'SM2-SM3'

export type StatusListFault =
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'key-unknown'
  | 'signature-invalid'
  | 'subject-mismatch'
  | 'not-yet-valid'
  | 'expired'
  | 'older-than-known'

export interface ReadStatusListOptions {
  /**
   * Whether the issuer's key `kid` made the signature; undefined where the issuer has no such key for lists or it is of
   * another algorithm.
   */
  verify(
    kid: string,
    signed: Uint8Array,
    signature: Uint8Array,
    alg: StatusListAlgorithm,
  ): boolean | undefined | Promise<boolean | undefined>
  /** The address that the cards name. */
  readonly sub: string
  readonly nowMs: number
  readonly skewS: number
  /** Bytes of the list inflated; 32 MiB hold 134 million cards at two bits. */
  readonly maxBytes?: number
  /** `iat` of the list in hand: an older one brought again would undo revocations. */
  readonly knownIat?: number | undefined
}

export type StatusListAnswer =
  | { readonly ok: true; readonly list: StatusList; readonly claims: StatusListClaims; readonly kid: string }
  | { readonly ok: false; readonly reason: StatusListFault }

const MAX_BYTES = 32 * 1024 * 1024

interface ReadToken {
  readonly kid: string
  readonly alg: StatusListAlgorithm
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  readonly claims: StatusListClaims
  readonly list: { readonly bits: StatusBits; readonly lst: string | Uint8Array }
}

/** Reads a list, as JWT (text) or CWT (bytes), and decides whether it may be used. */
export async function readStatusListToken(
  token: string | Uint8Array,
  options: ReadStatusListOptions,
): Promise<StatusListAnswer> {
  const { maxBytes = MAX_BYTES, nowMs, skewS } = options
  // Nothing that compresses to more than its own size is a list that the limit would let in.
  if (token.length > maxBytes * 1.4 + 8192) return { ok: false, reason: 'malformed' }
  const read = typeof token === 'string' ? readJwt(token) : readCwt(token)
  if (typeof read === 'string') return { ok: false, reason: read }
  const { kid, alg, claims } = read
  const good = await options.verify(kid, read.signed, read.signature, alg)
  if (good !== true) return { ok: false, reason: good === undefined ? 'key-unknown' : 'signature-invalid' }
  if (claims.sub !== options.sub) return { ok: false, reason: 'subject-mismatch' }
  if (claims.iat * 1000 > nowMs + skewS * 1000) return { ok: false, reason: 'not-yet-valid' }
  if (claims.exp !== null && claims.exp * 1000 <= nowMs) return { ok: false, reason: 'expired' }
  if (options.knownIat !== undefined && claims.iat < options.knownIat) return { ok: false, reason: 'older-than-known' }
  // Last, because only what an issuer signed is worth inflating.
  const list = decodeStatusList(read.list.bits, read.list.lst, maxBytes)
  return list === undefined ? { ok: false, reason: 'malformed' } : { ok: true, list, claims, kid }
}

const ALGORITHMS: readonly unknown[] = ['ES256', 'EdDSA', 'SM2-SM3'] satisfies readonly StatusListAlgorithm[]

function readJwt(token: string): ReadToken | StatusListFault {
  const [head = '', body = '', end = '', ...more] = token.split('.', 4)
  const headBytes = decodeBase64url(head)
  const bodyBytes = decodeBase64url(body)
  const signature = decodeBase64url(end)
  const header = headBytes && parseStrictObjectBytes(headBytes)
  const payload = bodyBytes && parseStrictObjectBytes(bodyBytes)
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return 'malformed'
  const { alg, kid, typ } = header
  // `crit` names members that must be understood; none is known here (RFC 7515 §4.1.11).
  if (typeof kid !== 'string' || typ !== STATUS_LIST_JWT || header['crit'] !== undefined) return 'malformed'
  if (!ALGORITHMS.includes(alg)) return 'algorithm-not-allowed'
  const { sub, iat, exp, ttl, status_list: raw } = payload
  const claims = readClaims({ sub, iat, exp, ttl })
  const list = isObject(raw) && typeof raw['lst'] === 'string' ? readList(raw['bits'], raw['lst']) : undefined
  if (claims === undefined || list === undefined) return 'malformed'
  const signed = Buffer.from(token.slice(0, head.length + 1 + body.length), 'latin1')
  return { kid, alg: alg as StatusListAlgorithm, signed, signature, claims, list }
}

/** Keys of the claims in a CWT (RFC 8392 §4 and the draft §5.2). */
const CLAIM = { sub: 2, exp: 4, iat: 6, list: 65533, ttl: 65534 } as const

function readCwt(token: Uint8Array): ReadToken | StatusListFault {
  const cose = readCoseSign1(token)
  const payload = cose && readCbor(cose.payload)?.value
  if (cose === undefined || !isCborMap(payload) || cose.kid === undefined || cose.typ !== STATUS_LIST_CWT) {
    return 'malformed'
  }
  const { alg } = cose
  if (alg !== 'ES256' && alg !== 'EdDSA') return 'algorithm-not-allowed'
  const claims = readClaims({
    sub: payload.get(CLAIM.sub),
    iat: payload.get(CLAIM.iat),
    exp: payload.get(CLAIM.exp),
    ttl: payload.get(CLAIM.ttl),
  })
  const raw = payload.get(CLAIM.list)
  const list =
    isCborMap(raw) && raw.get('lst') instanceof Uint8Array ? readList(raw.get('bits'), raw.get('lst')) : undefined
  if (claims === undefined || list === undefined) return 'malformed'
  const kid = Buffer.from(cose.kid).toString('utf8')
  return { kid, alg, signed: cose.signed, signature: cose.signature, claims, list }
}
