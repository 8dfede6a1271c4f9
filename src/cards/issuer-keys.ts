import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { CITIES, type CityCode } from '../codes/index.ts'
import { decryptField, encryptField, type Keyring, needsReencryption, reencryptField } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { cardsError } from './errors.ts'
import {
  type IssuerKeyRow,
  insertIssuer,
  insertKey,
  markIssuerChanged,
  markKeyRevoked,
  readIssuers,
  readKeys,
  replacePrivateKey,
  retireKeys,
} from './key-store.ts'
import { issuerName, thumbprint } from './token.ts'
import type { KeyUse } from './types.ts'

type KeyDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>

/** Each use has a key of its own: a leaked code key makes no cards. */
const SIGNED_USES: readonly KeyUse[] = ['card', 'code']

/** Sets up the four issuing cities with their first keys; those that are there stay as they are. */
export async function seedIssuers(deps: KeyDeps): Promise<void> {
  await inTx(deps.db, async (tx) => {
    for (const { code: city } of CITIES) {
      const fresh = await insertIssuer(tx, { city, issuer: issuerName(city), scatterKey: randomBytes(32) })
      if (!fresh) continue
      for (const use of SIGNED_USES) await addKey(deps, tx, city, use)
      await markIssuerChanged(tx, city)
    }
  })
}

/** Puts a new key in force for a use; what the old one signed stays good. Returns the new key's id. */
export async function rotateIssuerKey(deps: KeyDeps, city: CityCode, use: KeyUse): Promise<string> {
  return await inTx(deps.db, async (tx) => {
    if (!(await markIssuerChanged(tx, city))) throw cardsError('issuer-unknown')
    await retireKeys(tx, { city, use, at: deps.clock.now() })
    return await addKey(deps, tx, city, use)
  })
}

/**
 * Takes all force from a compromised key. Its successor is put in force first where it was still signing, by
 * `rotateIssuerKey`.
 */
export async function revokeIssuerKey(deps: KeyDeps, city: CityCode, kid: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if (!(await markIssuerChanged(tx, city))) throw cardsError('issuer-unknown')
    if (!(await markKeyRevoked(tx, { city, kid, at: deps.clock.now() }))) throw cardsError('not-found')
  })
}

/** Brings the private keys of all issuers, a few dozen, under the active field key; returns how many it changed. */
export async function reencryptIssuerKeys(deps: Pick<Deps, 'db' | 'keyring'>): Promise<number> {
  return await inTx(deps.db, async (tx) => {
    let moved = 0
    for (const { city } of await readIssuers(tx)) {
      for (const { kid, privateKeyEncrypted } of await readKeys(tx, city)) {
        if (!needsReencryption(deps.keyring, privateKeyEncrypted)) continue
        const renewed = reencryptField(deps.keyring, privateKeyEncrypted, placeOf(kid))
        await replacePrivateKey(tx, { kid, privateKeyEncrypted: renewed })
        moved++
      }
    }
    return moved
  })
}

export function openPrivateKey(keyring: Keyring, row: IssuerKeyRow): KeyObject {
  return createPrivateKey(decryptField(keyring, row.privateKeyEncrypted, placeOf(row.kid)))
}

export function openPublicKey(row: Pick<IssuerKeyRow, 'x' | 'y'>): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: row.x, y: row.y } })
}

async function addKey(deps: KeyDeps, tx: Tx, city: CityCode, use: KeyUse): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  assert(x !== undefined && y !== undefined, 'an EC key has two coordinates')
  const kid = thumbprint({ x, y })
  await insertKey(tx, {
    kid,
    city,
    x,
    y,
    privateKeyEncrypted: encryptField(
      deps.keyring,
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      placeOf(kid),
    ),
    uses: [use],
    activeFrom: deps.clock.now(),
    retiredAt: null,
    verifyUntil: null,
    revokedAt: null,
  })
  return kid
}

function placeOf(kid: string) {
  return { table: 'cards_issuer_key', column: 'private_key_encrypted', rowId: kid }
}
