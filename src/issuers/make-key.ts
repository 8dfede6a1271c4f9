import type { CityCode } from '../codes/index.ts'
import { decryptField, encryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { generateKey, kidOf, type NewKey } from './algorithms.ts'
import { type IssuerKeyRow, insertKey } from './store.ts'
import type { KeyAlgorithm, KeyUse } from './types.ts'

/** What changes of keys need. */
export type KeyDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>

export interface KeyOrder {
  readonly city: CityCode
  readonly uses: readonly KeyUse[]
  readonly alg: KeyAlgorithm
  readonly activeFrom: Date
  readonly retiredAt: Date | null
}

/** Makes a key pair for an issuer whose row is locked, and stores it, the private half encrypted. */
export async function makeKey(deps: Pick<Deps, 'keyring'>, tx: Tx, order: KeyOrder): Promise<IssuerKeyRow> {
  const { kid, publicJwk, privateText } = generateNamedKey(order.alg)
  const row: IssuerKeyRow = {
    ...order,
    kid,
    publicJwk,
    privateKeyEncrypted: encryptField(deps.keyring, privateText, placeOf(kid)),
    verifyUntil: null,
    revokedAt: null,
  }
  await insertKey(tx, row)
  return row
}

/** With an id that does not begin with a hyphen: on a command line it would read as an option. */
function generateNamedKey(alg: KeyAlgorithm): NewKey & { readonly kid: string } {
  for (;;) {
    const pair = generateKey(alg)
    const kid = kidOf(pair.publicJwk)
    if (!kid.startsWith('-')) return { ...pair, kid }
  }
}

export function openPrivateText(keyring: Keyring, row: Pick<IssuerKeyRow, 'kid' | 'privateKeyEncrypted'>): string {
  return decryptField(keyring, row.privateKeyEncrypted, placeOf(row.kid))
}

/** The name of the table when the first keys were encrypted: it is bound into the ciphertext and cannot follow a renaming. */
export function placeOf(kid: string) {
  return { table: 'cards_issuer_key', column: 'private_key_encrypted', rowId: kid }
}
