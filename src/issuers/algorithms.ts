import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { KeyAlgorithm, PublicJwk, SignatureCheck } from './types.ts'

/** A new key pair; the private half as PKCS#8 PEM. */
export interface NewKey {
  readonly publicJwk: PublicJwk
  readonly privatePem: string
}

export function generateKey(alg: KeyAlgorithm): NewKey {
  if (alg === 'SM2-SM3') throw new Error('SM2-SM3 is not there yet')
  const { privateKey, publicKey } =
    alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicJwk: publicKey.export({ format: 'jwk' }) as unknown as PublicJwk,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** The check of signatures by one key: what can be prepared is prepared now, since a key is used millions of times. */
export function jwkToVerifier(alg: KeyAlgorithm, jwk: PublicJwk): SignatureCheck {
  if (alg === 'SM2-SM3') throw new Error('SM2-SM3 is not there yet')
  const key = createPublicKey({ format: 'jwk', key: { ...jwk } })
  if (alg === 'EdDSA') return (signed, signature) => verify(null, signed, key, signature)
  const verifyWith = { key, dsaEncoding: 'ieee-p1363' } as const
  return (signed, signature) => verify('sha256', signed, verifyWith, signature)
}

/** The signature of RFC 7518 §3.4 (64 bytes, r and s) or of RFC 8032. */
export async function signWith(alg: KeyAlgorithm, privateKey: KeyObject, signed: Buffer): Promise<Buffer> {
  if (alg === 'SM2-SM3') throw new Error('SM2-SM3 is not there yet')
  return alg === 'EdDSA' ? sign(null, signed, privateKey) : sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** Bytes of the thumbprint in a key id: 11 characters, because a code has to fit a QR of version 15-M. */
const KID_BYTES = 8

/**
 * Beginning of the RFC 7638 thumbprint. Two keys with the same one are excluded by the table's primary key, not by
 * chance: the second is made again.
 */
export function kidOf(jwk: PublicJwk): string {
  const { crv, kty, x, y } = jwk
  const canonical = JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y })
  return createHash('sha256').update(canonical, 'utf8').digest().subarray(0, KID_BYTES).toString('base64url')
}
