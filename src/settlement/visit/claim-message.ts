import type { Tx } from '../../kernel/db.ts'
import { visitError } from './errors.ts'
import { insertMessage, readMessage } from './message-store.ts'
import type { Sender } from './types.ts'

/** The transactions that 2601 may take back. */
export const COMPENSABLE: readonly string[] = ['2102', '2207', '2304', '2401']

/**
 * Writes the sender's message with what it does, in the transaction that does it. Its key decides: one message does one
 * thing, and one that 2601 has named before it came does nothing.
 */
export async function claimMessage(
  tx: Tx,
  by: Sender,
  what: {
    readonly infno: string
    readonly personId: string
    readonly visitId: string
    readonly claimId?: string | undefined
  },
  now: Date,
): Promise<void> {
  const { institution, msgid } = by
  const row = { institution, msgid, ...what, claimId: what.claimId ?? null, compensatedAt: null }
  if (await insertMessage(tx, row, now)) return
  const stands = await readMessage(tx, institution, msgid)
  if (stands?.compensatedAt != null) throw compensated()
  throw visitError('message-reused', {
    detail: 'msgid: has done something before; ask 5203 or 5201 what, and take a new msgid for new work.',
    errors: [{ pointer: '/msgid', detail: 'was used before' }],
  })
}

export const compensated = () =>
  visitError('message-compensated', {
    detail: 'msgid: was compensated by 2601; what it asked for is not done. Take a new msgid.',
    errors: [{ pointer: '/msgid', detail: 'was compensated' }],
  })
