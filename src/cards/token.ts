import { createHash, type KeyObject, sign } from 'node:crypto'
import type { CityCode } from '../codes/index.ts'

export const CARD_TYPE = 'ymt-card+jwt'
export const CODE_TYPE = 'ymt-code+jwt'

/**
 * `iss` of a city. A URN and not an address: an address changes with the host, and the keys are looked up in memory,
 * never fetched from what a token names.
 */
export function issuerName(city: CityCode): string {
  return `urn:yimatong:issuer:${city}`
}

/** Payload of a card. No personal data: the holder is found by the place in the issuer's list. */
export interface CardPayload {
  readonly iss: string
  /** Opaque card id. */
  readonly jti: string
  readonly iat: number
  readonly exp: number
  /** Place in the issuer's status list. */
  readonly idx: number
}

/** Payload of a dynamic code: a presentation of one card for some seconds. */
export interface CodePayload extends CardPayload {
  /** The card; `jti` is the nonce here. */
  readonly sub: string
  /** Purpose that the code is bound to. */
  readonly pur?: string
}

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** A compact JWS (RFC 7515 §7.1), ES256 with the 64-byte signature of RFC 7518 §3.4. */
export function signToken(key: SigningKey, typ: string, payload: CardPayload | CodePayload): string {
  const header = encode({ alg: 'ES256', kid: key.kid, typ })
  const signed = `${header}.${encode(payload)}`
  const signature = sign('sha256', Buffer.from(signed, 'latin1'), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** RFC 7638 §3: the members that identify the key, in lexical order, without white space. */
export function thumbprint(jwk: { readonly x: string; readonly y: string }): string {
  const canonical = JSON.stringify({ crv: 'P-256', kty: 'EC', x: jwk.x, y: jwk.y })
  return createHash('sha256').update(canonical, 'utf8').digest('base64url')
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')
