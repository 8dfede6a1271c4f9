import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { SCALAR_BYTES } from './sm2/curve.ts'
import { type Sm2, sm2Here } from './sm2/open-sm2.ts'
import { createSm2 } from './sm2/sm2.ts'
import type { KeyAlgorithm, PublicJwk, SignatureCheck } from './types.ts'

/** A new key pair; the private half as text: PKCS#8 PEM, for SM2 the number in hexadecimal. */
export interface NewKey {
  readonly publicJwk: PublicJwk
  readonly privateText: string
}

/** Signs some bytes: r and s, 64 bytes (RFC 7518 §3.4, GB/T 32918.2), or the 64 bytes of RFC 8032. */
export type Signer = (bytes: Buffer) => Promise<Uint8Array>

export function generateKey(alg: KeyAlgorithm): NewKey {
  if (alg === 'SM2-SM3') return generateSm2Key()
  const { privateKey, publicKey } =
    alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicJwk: publicKey.export({ format: 'jwk' }) as unknown as PublicJwk,
    privateText: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function generateSm2Key(): NewKey {
  const { privateKey, publicKey } = createSm2().generate()
  const coordinate = (from: number) => Buffer.from(publicKey.subarray(from, from + SCALAR_BYTES)).toString('base64url')
  return {
    publicJwk: { kty: 'EC', crv: 'SM2', x: coordinate(0), y: coordinate(SCALAR_BYTES) },
    privateText: Buffer.from(privateKey).toString('hex'),
  }
}

/**
 * The check of signatures by one key: what can be prepared is prepared now, since a key is used millions of times. With
 * SM2 threads its answers come later; without them, as in a program that verifies one code, SM2 answers at once, too. A
 * text that is no key of a known kind accepts nothing.
 */
export function jwkToVerifier(jwk: Readonly<Record<string, unknown>> | PublicJwk, sm2?: Sm2): SignatureCheck {
  try {
    return openCheck(jwk, sm2)
  } catch {
    return () => false
  }
}

function openCheck({ kty, crv, x, y }: { readonly [Member in keyof PublicJwk]?: unknown }, sm2?: Sm2): SignatureCheck {
  const kind = `${String(kty)} ${String(crv)}`
  if (kind === 'EC SM2') return (sm2 ?? sm2OfProcess()).checker(sm2PublicKey(String(x), String(y)))
  if (kind === 'OKP Ed25519') {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: String(x) } })
    return (signed, signature) => holds(() => verify(null, signed, key, signature))
  }
  if (kind === 'EC P-256') {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: String(x), y: String(y) } })
    const verifyWith = { key, dsaEncoding: 'ieee-p1363' } as const
    return (signed, signature) => holds(() => verify('sha256', signed, verifyWith, signature))
  }
  return () => false
}

/** Whatever a signature makes the code stumble over, it is not good. */
function holds(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

export function openSigner(alg: KeyAlgorithm, privateText: string, publicJwk: PublicJwk, sm2: Sm2): Signer {
  if (alg === 'SM2-SM3') {
    const publicKey = sm2PublicKey(publicJwk.x, publicJwk.y ?? '')
    const pair = { privateKey: Buffer.from(privateText, 'hex'), publicKey }
    return async (bytes) => await sm2.sign(pair, bytes)
  }
  const key: KeyObject = createPrivateKey(privateText)
  if (alg === 'EdDSA') return async (bytes) => sign(null, bytes, key)
  return async (bytes) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
}

/** @throws where the coordinates have not the length of this curve's */
function sm2PublicKey(x: string, y: string): Buffer {
  const bytes = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  if (bytes.length !== 2 * SCALAR_BYTES) throw new Error('not the coordinates of an SM2 key')
  return bytes
}

let ofProcess: Sm2 | undefined

/** Its self-test runs once. */
function sm2OfProcess(): Sm2 {
  ofProcess ??= sm2Here()
  return ofProcess
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
