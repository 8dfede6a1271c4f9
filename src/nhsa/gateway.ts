import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { nhsaError } from './errors.ts'

/** The four headers that are signed, in the order of their names. */
const SIGNED = ['_api_access_key', '_api_name', '_api_timestamp', '_api_version'] as const
const SIGNATURE = '_api_signature'

/** How far a timestamp may lie from now, either way (section 2). */
const WINDOW_MS = 30 * 60_000

export interface SignedKey {
  readonly accessKey: string
  readonly institution: string
  readonly secret: string
}

/** True where a call comes by the gateway's headers, complete or not. */
export const usesGateway = (headers: IncomingHttpHeaders): boolean =>
  [...SIGNED, SIGNATURE].some((name) => headers[name] !== undefined)

/**
 * Checks the signature of a call: Base64(HmacSHA1(secret, the four headers as k=v, sorted, joined by "&")). It covers neither
 * body nor address, and SHA-1 with a window of half an hour stops no replay: TLS and the msgid do that.
 */
export function verifyGateway(
  headers: IncomingHttpHeaders,
  keyOf: (accessKey: string) => SignedKey | undefined,
  nowMs: number,
): SignedKey {
  const values = SIGNED.map((name) => headers[name])
  const signature = headers[SIGNATURE]
  if (values.some((value) => typeof value !== 'string' || value === '') || typeof signature !== 'string') {
    throw nhsaError('gateway-headers-missing')
  }
  const [accessKey = '', , timestamp = ''] = values as string[]
  if (!/^\d{13}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp)) > WINDOW_MS) throw nhsaError('gateway-time')
  const key = keyOf(accessKey)
  if (key === undefined) throw nhsaError('gateway-user')
  const text = SIGNED.map((name, at) => `${name}=${values[at] as string}`).join('&')
  // The texts are compared and not the bytes they stand for: Base64 lets several texts stand for the same ones.
  const expected = Buffer.from(createHmac('sha1', key.secret).update(text).digest('base64'))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw nhsaError('gateway-signature')
  return key
}
