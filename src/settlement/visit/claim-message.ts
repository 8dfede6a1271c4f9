import type { Tx } from '../../kernel/db.ts'
import { visitError } from './errors.ts'
import { insertMessage, type MessageRow, readMessage } from './message-store.ts'
import { assertImpersonal, invalid } from './read-fields.ts'
import type { Sender } from './types.ts'

/** The transactions that 2601 may take back. */
export const COMPENSABLE: readonly string[] = ['2102', '2207', '2304', '2401']

/** A message that has done what it asks for. */
export type EarlierMessage = MessageRow & { readonly visitId: string }

/**
 * Writes the sender's message in the transaction that does what it asks, before anything else. Its key decides: one message
 * does one thing, and one that 2601 has named before it came does nothing. A repeat waits for the end of the first.
 *
 * @returns what the message did before, where it is a repeat
 */
export async function claimMessage(
  tx: Tx,
  by: Sender,
  what: {
    readonly infno: string
    readonly personId: string
    readonly visitId: string
    readonly requestHash: Buffer
  },
  now: Date,
): Promise<EarlierMessage | undefined> {
  const { institution, msgid } = by
  assertMsgid(msgid, now, '/msgid')
  const row = { institution, msgid, ...what, claimId: null, compensatedAt: null }
  if (await insertMessage(tx, row, now)) return undefined
  const earlier = await readMessage(tx, institution, msgid)
  if (earlier === undefined) throw new Error('the message that stood in the way is gone')
  if (earlier.compensatedAt !== null) {
    throw visitError('message-compensated', {
      detail: 'msgid: was compensated by 2601; what it asked for is not done. Take a new msgid.',
      errors: [{ pointer: '/msgid', detail: 'was compensated' }],
    })
  }
  const { visitId } = earlier
  if (visitId !== null && earlier.infno === what.infno && earlier.requestHash?.equals(what.requestHash) === true) {
    return { ...earlier, visitId }
  }
  throw visitError('message-reused', {
    detail: 'msgid: has asked for something else before; take a new msgid for new work.',
    errors: [{ pointer: '/msgid', detail: 'was used before' }],
  })
}

/** Visible ASCII; it is stored, so it may be no number of a person. */
export function assertMsgid(msgid: string, now: Date, pointer: string): void {
  if (!MSGID.test(msgid)) throw invalid(pointer, 'is no message id of 1 to 30 characters')
  assertImpersonal(msgid, now, pointer)
}

const MSGID = /^[\x21-\x7e]{1,30}$/
