import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { decryptField, encryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { SigningPublicJwk } from './store.ts'

/** A new ES256 key: its public half, and its private half as it is stored. */
export async function makeSigningKey(
  keyring: Keyring,
): Promise<{ readonly publicJwk: SigningPublicJwk; readonly privateKey: Buffer }> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicJwk = await publicJwkOf(pair.publicKey)
  const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  return { publicJwk, privateKey: encryptField(keyring, pem, placeOf(publicJwk.kid)) }
}

/** PKCS#8 PEM of a stored private key. */
export function openPrivateKey(keyring: Keyring, kid: string, stored: Uint8Array): string {
  return decryptField(keyring, stored, placeOf(kid))
}

async function publicJwkOf(key: KeyObject): Promise<SigningPublicJwk> {
  const jwk = key.export({ format: 'jwk' }) as JWK
  // Named by its thumbprint (RFC 7638): two keys cannot share a kid, and nobody has to hand out numbers.
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' } as SigningPublicJwk
}

// A ciphertext opens only in its own row: nobody can make one key sign under the name of another.
function placeOf(kid: string) {
  return { table: 'identity_signing_key', column: 'private_key', rowId: kid }
}
