import type { FieldPlace } from '../kernel/crypto/index.ts'

/** Where a body's ciphertext belongs: it opens in its own row only. */
export const bodyPlace = (id: string): FieldPlace => ({ table: 'routing_body', column: 'body_encrypted', rowId: id })

export const secretPlace = (code: string): FieldPlace => ({
  table: 'routing_destination',
  column: 'secret_encrypted',
  rowId: code,
})
