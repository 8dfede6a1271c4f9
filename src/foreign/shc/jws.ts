import { decodeBase64url } from '../../kernel/base64url.ts'
import { inflateWhole } from '../../kernel/inflate.ts'
import { parseStrictObjectBytes } from '../../kernel/strict-json.ts'
import { refusal } from '../refusals.ts'
import type { ForeignRefusal } from '../types.ts'

/** A SMART Health Card taken apart; whether it is true its signature has to show. */
export interface ShcJws {
  readonly kid: string
  /** The payload inflated. */
  readonly payload: Buffer
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Ten times the payload of the largest QR code: what is parsed before the signature is checked costs a millisecond at most. */
const MAX_PAYLOAD = 64 * 1024
const MAX_LENGTH = 32 * 1024

/** r and s of ES256, never DER (RFC 7518 §3.4). */
const SIGNATURE_BYTES = 64

/** Further members would let the card choose how it is verified: `crit`, `jwk`, `jku`, `x5c`. */
const HEADER_MEMBERS = new Set(['alg', 'zip', 'kid', 'typ'])

/** Takes the compact JWS of a card apart: characters, header, raw DEFLATE (RFC 1951) with a limit. */
export function readShcJws(text: string): ShcJws | ForeignRefusal {
  const [head = '', body = '', end = '', ...more] = text.length > MAX_LENGTH ? [] : text.split('.', 4)
  const headBytes = decodeBase64url(head)
  const bodyBytes = decodeBase64url(body)
  const signature = decodeBase64url(end)
  if (headBytes === undefined || more.length > 0) return refusal('malformed', 'code')
  const header = parseStrictObjectBytes(headBytes)
  if (header === undefined || Object.keys(header).some((name) => !HEADER_MEMBERS.has(name))) {
    return refusal('malformed', 'header')
  }
  const { alg, zip, kid } = header
  if (alg !== 'ES256') return refusal('algorithm-not-allowed', 'header')
  if (zip !== 'DEF' || typeof kid !== 'string') return refusal('malformed', 'header')
  if (signature?.length !== SIGNATURE_BYTES) return refusal('malformed', 'signature')
  const payload = bodyBytes && inflateWhole(bodyBytes, { format: 'raw', maxBytes: MAX_PAYLOAD })
  if (payload === undefined) return refusal('malformed', 'payload')
  return { kid, payload, signed: Buffer.from(text.slice(0, head.length + 1 + body.length), 'latin1'), signature }
}
