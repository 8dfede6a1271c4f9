import { createHmac } from 'node:crypto'
import { INDEX_ALGORITHMS } from './algorithms.ts'
import type { IndexKey, Keyring } from './keyring.ts'

/** What a row stores to be found again by an identifier that it holds only encrypted. */
export interface BlindIndex {
  readonly keyId: string
  readonly value: Buffer
}

/** An identifier in its normal form (the owner of the identifier type normalises it). */
export interface Identifier {
  /** Kind of the identifier, e.g. `resident-id`; two kinds with equal digits get different indexes. */
  readonly type: string
  readonly normalForm: string
}

/** The index to store with a new row: HMAC of `type|normal form` under the active index key. */
export function blindIndex(keyring: Keyring, identifier: Identifier): BlindIndex {
  return under(keyring.index.active, identifier)
}

/**
 * The indexes to look for, one per live key, the active one first. While a rotation runs, rows under the old
 * and the new key stand side by side; a unique constraint sees only equal ones, so a writer claims all.
 */
export function blindIndexes(keyring: Keyring, identifier: Identifier): readonly BlindIndex[] {
  const { active, byId } = keyring.index
  const older = [...byId.values()].filter((key) => key.id !== active.id)
  return [active, ...older].map((key) => under(key, identifier))
}

function under(key: IndexKey, { type, normalForm }: Identifier): BlindIndex {
  // The separator must not occur in the type, or `a|b` + `c` and `a` + `b|c` would meet.
  if (!/^[a-z][a-z0-9-]*$/.test(type)) throw new TypeError('identifier type: a-z, 0-9 and "-" only')
  const value = createHmac(INDEX_ALGORITHMS[key.alg].hash, key.key).update(`${type}|${normalForm}`, 'utf8').digest()
  return { keyId: key.id, value }
}
