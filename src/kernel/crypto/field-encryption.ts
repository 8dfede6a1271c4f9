import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { FIELD_ALGORITHMS } from './algorithms.ts'
import { type Envelope, IV_BYTES, packEnvelope, packHeader, TAG_BYTES, unpackEnvelope } from './envelope.ts'
import { cryptoError } from './errors.ts'
import type { FieldKey, Keyring } from './keyring.ts'

/** Where a value is stored. A ciphertext opens only in the place it was made for. */
export interface FieldPlace {
  readonly table: string
  readonly column: string
  readonly rowId: string
}

/**
 * Encrypts one column's value under the active field key.
 *
 * The IV is 96 random bits; NIST SP 800-38D §8.3 allows 2^32 such encryptions per key, some forty times what
 * the four cities' identity columns need once over. Rotate the key before that.
 */
export function encryptField(keyring: Keyring, plain: string | Uint8Array, place: FieldPlace): Buffer {
  const { active } = keyring.field
  const header = packHeader(active.alg, active.id)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(FIELD_ALGORITHMS[active.alg].cipher, active.key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(associatedData(header, place))
  const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()])
  return packEnvelope({ alg: active.alg, keyId: active.id, iv, tag: cipher.getAuthTag(), ciphertext })
}

/** The bytes of a stored value. Any key of the ring opens it, the active one or an older one. */
export function decryptFieldBytes(keyring: Keyring, stored: Uint8Array, place: FieldPlace): Buffer {
  const envelope = unpackEnvelope(stored)
  const key = keyOf(keyring, envelope)
  const decipher = createDecipheriv(FIELD_ALGORITHMS[key.alg].cipher, key.key, envelope.iv, {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(associatedData(packHeader(envelope.alg, envelope.keyId), place))
  decipher.setAuthTag(envelope.tag)
  try {
    return Buffer.concat([decipher.update(envelope.ciphertext), decipher.final()])
  } catch (cause) {
    throw cryptoError('envelope-rejected', {
      detail: `A value of ${place.table}.${place.column} was changed, or was moved from another row.`,
      cause,
    })
  }
}

/** The text of a stored value. */
export function decryptField(keyring: Keyring, stored: Uint8Array, place: FieldPlace): string {
  return decryptFieldBytes(keyring, stored, place).toString('utf8')
}

/** True where a stored value is not under the active key yet. Reads the header only. */
export function needsReencryption(keyring: Keyring, stored: Uint8Array): boolean {
  const { alg, keyId } = unpackEnvelope(stored)
  return keyId !== keyring.field.active.id || alg !== keyring.field.active.alg
}

/** The same value under the active key, for the same place. An old key can go when no row names it any more. */
export function reencryptField(keyring: Keyring, stored: Uint8Array, place: FieldPlace): Buffer {
  const plain = decryptFieldBytes(keyring, stored, place)
  try {
    return encryptField(keyring, plain, place)
  } finally {
    plain.fill(0)
  }
}

function keyOf(keyring: Keyring, envelope: Envelope): FieldKey {
  const key = keyring.field.byId.get(envelope.keyId)
  if (key === undefined) {
    throw cryptoError('key-unknown', { detail: 'A stored ciphertext names a field key that this keyring lacks.' })
  }
  // The key decides its algorithm: a header that claims another one must not choose how a key is used.
  if (key.alg !== envelope.alg) {
    throw cryptoError('envelope-rejected', { detail: 'A stored ciphertext names another algorithm than its key.' })
  }
  return key
}

/** Header and place, each part with its length in front: no two places give the same bytes. */
function associatedData(header: Buffer, place: FieldPlace): Buffer {
  const parts = [header, ...[place.table, place.column, place.rowId].map((part) => Buffer.from(part, 'utf8'))]
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part]
    }),
  )
}
