import { AppError } from '../errors.ts'
import { decryptField, encryptField, type FieldPlace } from './field-encryption.ts'
import type { Keyring } from './keyring.ts'

/** Whose it is, and what kind. */
export interface SealedFor extends Pick<FieldPlace, 'table' | 'column'> {
  readonly clientId: string
}

/**
 * State that a client carries for us, such as where its search goes on: text for an address, sealed for this client.
 * Nobody else can use it, read it or change it, and the hub remembers nothing. Table and column keep kinds of it apart.
 */
export function sealForClient(keyring: Keyring, value: unknown, of: SealedFor): string {
  return encryptField(keyring, JSON.stringify(value), placeOf(of)).toString('base64url')
}

/** What was sealed, as JSON gives it; undefined for what was not sealed here for this client. */
export function openForClient(keyring: Keyring, text: string, of: SealedFor): unknown {
  try {
    return JSON.parse(decryptField(keyring, Buffer.from(text, 'base64url'), placeOf(of)))
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

const placeOf = ({ table, column, clientId }: SealedFor): FieldPlace => ({
  table,
  column,
  rowId: clientId,
})
