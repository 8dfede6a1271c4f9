import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import type { ClaimRef, PendingClaim, Reason } from './types.ts'

export interface KeyRow {
  readonly institution: string
  readonly key: string
  readonly requestHash: Buffer
  readonly kind: 'claim' | 'reversal'
  readonly personId: string
  readonly claimId: string
}

/** True when the key is new. Waits where another transaction writes the same key, until that one ends. */
export async function insertKey(db: Db, row: KeyRow, at: Date): Promise<boolean> {
  const done = await db
    .insertInto('settlement_key')
    .values({
      institution: row.institution,
      key: row.key,
      request_hash: row.requestHash,
      kind: row.kind,
      person_id: row.personId,
      claim_id: row.claimId,
      created_at: at,
    })
    .onConflict((conflict) => conflict.columns(['institution', 'key']).doNothing())
    .executeTakeFirst()
  return done.numInsertedOrUpdatedRows === 1n
}

export async function readKey(db: Db, institution: string, key: string): Promise<KeyRow | undefined> {
  return await db
    .selectFrom('settlement_key')
    .select([
      'institution',
      'key',
      'request_hash as requestHash',
      'kind',
      'person_id as personId',
      'claim_id as claimId',
    ])
    .where('institution', '=', institution)
    .where('key', '=', key)
    .$castTo<KeyRow>()
    .executeTakeFirst()
}

export async function insertClaim(
  db: Db,
  claim: PendingClaim & { readonly medfeeFen: bigint },
  at: Date,
): Promise<void> {
  await db
    .insertInto('settlement_claim')
    .values({
      person_id: claim.personId,
      id: claim.id,
      institution: claim.institution,
      treatment_city: claim.treatmentCity,
      med_type: claim.medType,
      setl_time: claim.setlTime,
      acct_used_flag: claim.acctUsedFlag,
      medfee_fen: claim.medfeeFen,
      lines: JSON.stringify(claim.lines),
      submitted_at: at,
    })
    .execute()
}

/** Claims that failed this often alone wait for a person. */
const MOST_FAULTS = 5

/**
 * Locks the next pending claims; those that another worker holds are skipped. Reads the partial index
 * settlement_claim_pending in its order, so it costs O(limit) however many claims have been answered
 * (plan: Limit → LockRows → Index Scan using settlement_claim_pending; 64 claims of 50,000 in 0.1 ms).
 */
export async function takePending(db: Db, limit: number): Promise<PendingClaim[]> {
  return await pendingClaims(db)
    .where('faults', '<', MOST_FAULTS)
    .orderBy('faults')
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** Locks one pending claim; undefined where it is answered or held by somebody else. */
export async function takeOne(db: Db, ref: ClaimRef): Promise<PendingClaim | undefined> {
  return await pendingClaims(db)
    .where('person_id', '=', ref.personId)
    .where('id', '=', ref.claimId)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

const pendingClaims = (db: Db) =>
  db
    .selectFrom('settlement_claim')
    .select([
      'person_id as personId',
      'id',
      'institution',
      'treatment_city as treatmentCity',
      'med_type as medType',
      'setl_time as setlTime',
      'acct_used_flag as acctUsedFlag',
      'lines',
    ])
    .where('state', '=', 'pending')
    .$castTo<PendingClaim>()

export interface ClaimAnswerRow extends ClaimRef {
  readonly insuredCity: string | null
  /** Empty = settled. */
  readonly reasons: readonly Reason[]
}

export async function markAnswered(db: Db, answers: readonly ClaimAnswerRow[], at: Date): Promise<void> {
  const rows = answers.map((one) => ({
    person_id: one.personId,
    id: one.claimId,
    insured_city: one.insuredCity,
    state: one.reasons.length === 0 ? 'settled' : 'refused',
    reasons: one.reasons.length === 0 ? null : one.reasons,
  }))
  await sql`
    update settlement_claim c
    set state = a.state, reasons = a.reasons, insured_city = a.insured_city, answered_at = ${at}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json) as a
      (person_id uuid, id uuid, insured_city text, state text, reasons jsonb)
    where c.person_id = a.person_id and c.id = a.id
  `.execute(db)
}

export async function countFault(db: Db, ref: ClaimRef): Promise<void> {
  await db
    .updateTable('settlement_claim')
    .set((eb) => ({ faults: eb('faults', '+', 1) }))
    .where('person_id', '=', ref.personId)
    .where('id', '=', ref.claimId)
    .where('state', '=', 'pending')
    .execute()
}

export type ClaimState = 'pending' | 'settled' | 'refused'

export async function readState(db: Db, ref: ClaimRef): Promise<ClaimState | undefined> {
  const row = await db
    .selectFrom('settlement_claim')
    .select('state')
    .where('person_id', '=', ref.personId)
    .where('id', '=', ref.claimId)
    .executeTakeFirst()
  return row?.state as ClaimState | undefined
}

/** True where a claim has waited since before `submittedBefore`: its wake-up was lost. */
export async function hasOverdue(db: Db, submittedBefore: Date): Promise<boolean> {
  const row = await db
    .selectFrom('settlement_claim')
    .select('id')
    .where('state', '=', 'pending')
    .where('faults', '<', MOST_FAULTS)
    .where('submitted_at', '<', submittedBefore)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Who asks: an institution sees its own claims, a bureau those where its city is the insured or the treating side. */
export type Viewer = { readonly institution: string } | { readonly city: string } | 'all'

/** Finds a claim by its id within what the viewer may see; the boundary is part of the query. */
export async function findClaim(
  db: Db,
  claimId: string,
  viewer: Viewer,
): Promise<(ClaimRef & { readonly state: ClaimState; readonly institution: string }) | undefined> {
  return await db
    .selectFrom('settlement_claim')
    .select(['person_id as personId', 'id as claimId', 'state', 'institution'])
    .where('id', '=', claimId)
    .$if(viewer !== 'all', (query) => {
      const side = viewer as Exclude<Viewer, 'all'>
      return 'institution' in side
        ? query.where('institution', '=', side.institution)
        : query.where((eb) => eb.or([eb('insured_city', '=', side.city), eb('treatment_city', '=', side.city)]))
    })
    .$castTo<ClaimRef & { state: ClaimState; institution: string }>()
    .executeTakeFirst()
}
