import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'

/** One message of an institution. */
export interface MessageKey {
  readonly institution: string
  readonly msgid: string
}

export interface StoredMessage {
  readonly bodyHash: Buffer
  readonly answer: Buffer | null
  readonly purged: boolean
}

interface Claim extends MessageKey {
  readonly infno: string
  readonly bodyHash: Buffer
  readonly worker: string
  readonly now: Date
  readonly busyUntil: Date
}

/**
 * Takes a message to work on it: a new one, or one of the same body whose worker is taken to be gone. Undefined where another
 * has it, where it is answered, or where its body was another.
 */
export async function claimMessage(db: Db, claim: Claim): Promise<'new' | 'again' | undefined> {
  const rows = await db
    .insertInto('nhsa_message')
    .values({
      institution: claim.institution,
      msgid: claim.msgid,
      infno: claim.infno,
      body_hash: claim.bodyHash,
      received_at: claim.now,
      worker: claim.worker,
      busy_until: claim.busyUntil,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['institution', 'msgid'])
        .doUpdateSet({ worker: claim.worker, busy_until: claim.busyUntil })
        .where(sql<boolean>`nhsa_message.answer_encrypted is null and not nhsa_message.answer_purged`)
        .where(sql<boolean>`nhsa_message.body_hash = ${claim.bodyHash}`)
        .where(sql<boolean>`coalesce(nhsa_message.busy_until, '-infinity') < ${claim.now}`),
    )
    // A row that this statement wrote new has never been replaced.
    .returning(sql<boolean>`xmax = 0`.as('isNew'))
    .execute()
  return rows[0] === undefined ? undefined : rows[0].isNew ? 'new' : 'again'
}

export async function readMessage(db: Db, { institution, msgid }: MessageKey): Promise<StoredMessage | undefined> {
  return await db
    .selectFrom('nhsa_message')
    .select(['body_hash as bodyHash', 'answer_encrypted as answer', 'answer_purged as purged'])
    .where('institution', '=', institution)
    .where('msgid', '=', msgid)
    .executeTakeFirst()
}

/** Keeps the answer; false where another took the message over in the meantime. */
export async function saveAnswer(db: Db, key: MessageKey & { worker: string; answer: Buffer }): Promise<boolean> {
  const result = await db
    .updateTable('nhsa_message')
    .set({ answer_encrypted: key.answer, worker: null, busy_until: null })
    .where('institution', '=', key.institution)
    .where('msgid', '=', key.msgid)
    .where('worker', '=', key.worker)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Lets the next repeat do the work: this one ended without an answer that counts. */
export async function releaseMessage(db: Db, key: MessageKey & { readonly worker: string }): Promise<void> {
  await db
    .updateTable('nhsa_message')
    .set({ worker: null, busy_until: null })
    .where('institution', '=', key.institution)
    .where('msgid', '=', key.msgid)
    .where('worker', '=', key.worker)
    .execute()
}

/** Deletes answers of messages received before; their msgids stay taken. Some at a time. */
export async function purgeAnswers(db: Db, before: Date, most: number): Promise<bigint> {
  const result = await db
    .updateTable('nhsa_message')
    .set({ answer_encrypted: null, answer_purged: true })
    .where((eb) =>
      eb(
        sql`(institution, msgid)`,
        'in',
        sql`(select institution, msgid from nhsa_message
             where answer_encrypted is not null and received_at < ${before} order by received_at limit ${most})`,
      ),
    )
    .executeTakeFirst()
  return result.numUpdatedRows
}
