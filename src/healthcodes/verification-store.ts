import type { Db, Tx } from '../kernel/db.ts'

export interface VerificationRow {
  readonly verificationId: string
  readonly clientId: string
  readonly orderId: string
  readonly issuer: string | null
  readonly stateId: string | null
  readonly result: 'recognised' | 'notRecognised'
  readonly reasons: readonly string[]
  readonly at: Date
}

export async function insertVerification(db: Db, row: VerificationRow): Promise<void> {
  await db
    .insertInto('healthcodes_verification')
    .values({
      verification_id: row.verificationId,
      client_id: row.clientId,
      order_id: row.orderId,
      issuer: row.issuer,
      state_id: row.stateId,
      result: row.result,
      reasons: [...row.reasons],
      verified_at: row.at,
    })
    .execute()
}

/** Marks who has read a level that was corrected; they are told no more than this. */
export async function markUpdated(tx: Tx, stateId: string, at: Date): Promise<void> {
  await tx.updateTable('healthcodes_verification').set({ updated_at: at }).where('state_id', '=', stateId).execute()
}

/** A client's own readings that were overtaken since, the latest first. */
export async function listUpdated(
  db: Db,
  clientId: string,
  since: Date,
): Promise<readonly { readonly verificationId: string; readonly updatedAt: Date }[]> {
  const rows = await db
    .selectFrom('healthcodes_verification')
    .select(['verification_id as verificationId', 'updated_at as updatedAt'])
    .where('client_id', '=', clientId)
    .where('updated_at', '>=', since)
    .orderBy('updated_at', 'desc')
    .limit(500)
    .execute()
  return rows.flatMap(({ verificationId, updatedAt }) => (updatedAt === null ? [] : [{ verificationId, updatedAt }]))
}
