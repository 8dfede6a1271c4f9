import type { Db } from '../../kernel/db.ts'
import { readMessage } from './message-store.ts'

/** True once 2601 has named a message: what it did is taken back, or will not be done. */
export async function isCompensated(db: Db, institution: string, msgid: string): Promise<boolean> {
  const message = await readMessage(db, institution, msgid)
  return message !== undefined && message.compensatedAt !== null
}
