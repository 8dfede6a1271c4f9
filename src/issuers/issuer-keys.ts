import { CITIES, type CityCode } from '../codes/index.ts'
import { decryptField, encryptField, type Keyring, needsReencryption, reencryptField } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { generateKey, kidOf } from './algorithms.ts'
import { issuersError } from './errors.ts'
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
} from './store.ts'
import { issuerName, type KeyAlgorithm, type KeyUse } from './types.ts'

type KeyDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>

/** Each use has a key of its own: a leaked code key makes no cards. */
const FIRST_KEYS: readonly { readonly use: KeyUse; readonly alg: KeyAlgorithm }[] = [
  { use: 'card', alg: 'ES256' },
  { use: 'code', alg: 'ES256' },
  { use: 'status', alg: 'ES256' },
  { use: 'health', alg: 'ES256' },
  { use: 'bundle', alg: 'ES256' },
  { use: 'card', alg: 'EdDSA' },
  { use: 'code', alg: 'EdDSA' },
  { use: 'card', alg: 'SM2-SM3' },
  { use: 'code', alg: 'SM2-SM3' },
]

/** Sets up the four issuing cities with their first keys; what is there stays as it is. */
export async function seedIssuers(deps: KeyDeps): Promise<void> {
  await inTx(deps.db, async (tx) => {
    for (const { code: city } of CITIES) {
      await insertIssuer(tx, { city, issuer: issuerName(city) })
      await markIssuerChanged(tx, city)
      const rows = await readKeys(tx, city)
      for (const { use, alg } of FIRST_KEYS) {
        if (rows.some((row) => row.alg === alg && row.uses.includes(use))) continue
        await addKey(deps, tx, { city, use, alg, activeFrom: deps.clock.now() })
      }
    }
  })
}

/** Puts a new key in force for a use; what the old one signed stays good. Returns the new key's id. */
export async function rotateKey(
  deps: KeyDeps,
  order: { readonly city: CityCode; readonly use: KeyUse; readonly alg?: KeyAlgorithm; readonly activeFrom?: Date },
): Promise<string> {
  const { city, use, alg = 'ES256', activeFrom = deps.clock.now() } = order
  return await inTx(deps.db, async (tx) => {
    if (!(await markIssuerChanged(tx, city))) throw issuersError('not-found')
    await retireKeys(tx, { city, use, alg, at: activeFrom })
    return await addKey(deps, tx, { city, use, alg, activeFrom })
  })
}

/**
 * Takes all force from a compromised key. Its successor is put in force first where it was still signing, by
 * `rotateKey`.
 */
export async function revokeKey(deps: KeyDeps, city: CityCode, kid: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if (!(await markIssuerChanged(tx, city))) throw issuersError('not-found')
    if (!(await markKeyRevoked(tx, { city, kid, at: deps.clock.now() }))) throw issuersError('not-found')
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

export function openPrivateText(keyring: Keyring, row: IssuerKeyRow): string {
  return decryptField(keyring, row.privateKeyEncrypted, placeOf(row.kid))
}

async function addKey(
  deps: KeyDeps,
  tx: Tx,
  order: { readonly city: CityCode; readonly use: KeyUse; readonly alg: KeyAlgorithm; readonly activeFrom: Date },
): Promise<string> {
  const { city, use, alg, activeFrom } = order
  const { publicJwk, privateText } = generateKey(alg)
  const kid = kidOf(publicJwk)
  await insertKey(tx, {
    kid,
    city,
    alg,
    publicJwk,
    privateKeyEncrypted: encryptField(deps.keyring, privateText, placeOf(kid)),
    uses: [use],
    activeFrom,
    retiredAt: null,
    verifyUntil: null,
    revokedAt: null,
  })
  return kid
}

// The name of the table when the first keys were encrypted: it is bound into the ciphertext and cannot follow a renaming.
function placeOf(kid: string) {
  return { table: 'cards_issuer_key', column: 'private_key_encrypted', rowId: kid }
}
