import type { Db } from '../../kernel/db.ts'
import { readMessage } from './message-store.ts'

/**
 * The person for whom a message has asked for a settlement before: what was shown was verified then. Its repeat, which may come
 * when the code has long expired, is not verified again. Undefined for a message that has not paid.
 */
export async function paidBefore(
  db: Db,
  { institution, msgid }: { readonly institution: string; readonly msgid: string },
): Promise<{ readonly personId: string } | undefined> {
  const message = await readMessage(db, institution, msgid)
  return message === undefined || message.claimId === null ? undefined : { personId: message.personId }
}
