import {
  blindIndex,
  blindIndexes,
  decryptField,
  encryptField,
  equalInConstantTime,
  type Keyring,
  needsReencryption,
} from './crypto/index.ts'
import type { Db } from './db.ts'
import { AppError } from './errors.ts'
import { insertKeyringProof, type KeyringProof, readKeyringProof, replaceKeyringProof } from './keyring-check-store.ts'
import type { Clock } from './time.ts'

const TEXT = 'yimatong keyring check'
const PLACE = { table: 'kernel_keyring_check', column: 'sealed', rowId: 'only' }

/**
 * True where this keyring opens and finds what the database holds. The first keyring that comes to a database becomes
 * its own. A keyring with a new active key is known by the old one that it still holds; the proof is then renewed, so
 * that the old key can leave the ring later.
 */
export async function checkKeyring(db: Db, keyring: Keyring, clock: Clock): Promise<boolean> {
  if ((await readKeyringProof(db)) === undefined) await insertKeyringProof(db, proofOf(keyring), clock.now())
  // Read again: another process may have been first.
  const proof = await readKeyringProof(db)
  if (proof === undefined || !opens(keyring, proof) || !finds(keyring, proof)) return false
  if (needsReencryption(keyring, proof.sealed) || proof.indexKeyId !== keyring.index.active.id) {
    await replaceKeyringProof(db, proofOf(keyring), clock.now())
  }
  return true
}

function proofOf(keyring: Keyring): KeyringProof {
  const { keyId, value } = blindIndex(keyring, { type: 'keyring-check', normalForm: TEXT })
  return { sealed: encryptField(keyring, TEXT, PLACE), indexKeyId: keyId, indexDigest: value }
}

function opens(keyring: Keyring, proof: KeyringProof): boolean {
  try {
    return decryptField(keyring, proof.sealed, PLACE) === TEXT
  } catch (error) {
    // What the cipher refuses is the answer that was asked for; anything else is a fault.
    if (error instanceof AppError && ['crypto.key-unknown', 'crypto.envelope-rejected'].includes(error.code))
      return false
    throw error
  }
}

function finds(keyring: Keyring, proof: KeyringProof): boolean {
  const index = blindIndexes(keyring, { type: 'keyring-check', normalForm: TEXT }).find(
    (one) => one.keyId === proof.indexKeyId,
  )
  return index !== undefined && equalInConstantTime(index.value, proof.indexDigest)
}
