import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { encryptField, type FieldPlace, type Keyring } from '../kernel/crypto/index.ts'
import { recordsError } from './errors.ts'
import type { PublicJwk } from './types.ts'

/** SMART Backend Services asks servers to support ES384 and RS384; the elliptic one is the shorter and faster. */
const ALG = 'ES384'

export function keyPlace(institution: string): FieldPlace {
  return { table: 'records_hospital', column: 'private_key_encrypted', rowId: institution }
}

export interface SealedKey {
  readonly privateKey: Uint8Array
  readonly publicJwk: PublicJwk
}

/** A new key for one hospital: a leak at one place must not open the doors of the others. */
export async function makeKey(keyring: Keyring, institution: string): Promise<SealedKey> {
  const { privateKey } = await generateKeyPair(ALG, { extractable: true })
  return await sealKey(keyring, institution, await exportJWK(privateKey))
}

/** Stores a given EC P-384 private key encrypted. */
export async function sealKey(keyring: Keyring, institution: string, jwk: JWK): Promise<SealedKey> {
  const { kty, crv, x, y, d } = jwk
  if (kty !== 'EC' || crv !== 'P-384' || x === undefined || y === undefined || d === undefined) {
    throw recordsError('hospital-invalid', {
      detail: 'The key must be a private EC key on P-384.',
      errors: [{ pointer: '/auth/privateKey', detail: 'must be an EC P-384 private JWK' }],
    })
  }
  const kid = await calculateJwkThumbprint({ kty, crv, x, y })
  return {
    privateKey: encryptField(keyring, JSON.stringify({ kty, crv, x, y, d }), keyPlace(institution)),
    publicJwk: { kty, crv, x, y, kid, alg: ALG, use: 'sig' },
  }
}
