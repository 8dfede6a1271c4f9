import type { Db, Tx } from '../../kernel/db.ts'

/** A message that 2601 can name. */
export interface MessageRow {
  readonly institution: string
  readonly msgid: string
  readonly infno: string
  readonly personId: string
  /** Null: compensated before it came. */
  readonly visitId: string | null
  readonly claimId: string | null
  readonly requestHash: Buffer | null
  readonly compensatedAt: Date | null
}

/** True when the message is new. Waits where another transaction writes the same one, until that one ends. */
export async function insertMessage(tx: Tx, row: MessageRow, at: Date): Promise<boolean> {
  const done = await tx
    .insertInto('settlement_visit_message')
    .values({
      institution: row.institution,
      msgid: row.msgid,
      infno: row.infno,
      person_id: row.personId,
      visit_id: row.visitId,
      claim_id: row.claimId,
      request_hash: row.requestHash,
      compensated_at: row.compensatedAt,
      created_at: at,
    })
    .onConflict((conflict) => conflict.columns(['institution', 'msgid']).doNothing())
    .executeTakeFirst()
  return done.numInsertedOrUpdatedRows === 1n
}

export async function readMessage(
  db: Db,
  institution: string,
  msgid: string,
  lock = false,
): Promise<MessageRow | undefined> {
  return await db
    .selectFrom('settlement_visit_message')
    .select([
      'institution',
      'msgid',
      'infno',
      'person_id as personId',
      'visit_id as visitId',
      'claim_id as claimId',
      'request_hash as requestHash',
      'compensated_at as compensatedAt',
    ])
    .where('institution', '=', institution)
    .where('msgid', '=', msgid)
    .$if(lock, (query) => query.forUpdate())
    .executeTakeFirst()
}

export async function nameClaim(tx: Tx, institution: string, msgid: string, claimId: string): Promise<void> {
  await tx
    .updateTable('settlement_visit_message')
    .set({ claim_id: claimId })
    .where('institution', '=', institution)
    .where('msgid', '=', msgid)
    .execute()
}

export async function markCompensated(tx: Tx, institution: string, msgid: string, at: Date): Promise<void> {
  await tx
    .updateTable('settlement_visit_message')
    .set({ compensated_at: at })
    .where('institution', '=', institution)
    .where('msgid', '=', msgid)
    .execute()
}
