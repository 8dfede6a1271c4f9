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

/**
 * Locks the next pending claims that are due; those that another worker holds are skipped, and those of `except` as
 * well. Reads the partial index settlement_claim_pending in its order, so it costs O(limit) however many claims have
 * been answered (plan: Limit → LockRows → Index Scan using settlement_claim_pending; 64 claims of 50,000 in 0.1 ms).
 */
export async function takePending(
  db: Db,
  of: { readonly limit: number; readonly now: Date; readonly except: readonly string[] },
): Promise<PendingClaim[]> {
  return await pendingClaims(db)
    .where('faults', '<', MOST_FAULTS)
    .where((eb) => eb.or([eb('retry_at', 'is', null), eb('retry_at', '<=', of.now)]))
    .$if(of.except.length > 0, (query) => query.where('person_id', '<>', sql<string>`all(${of.except}::uuid[])`))
    .orderBy('faults')
    .orderBy('id')
    .limit(of.limit)
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

/** A claim that failed this often waits for a person. */
export const MOST_FAULTS = 5

/** After a fault the next try comes after 5 s, then 30 s, 3 min and 18 min: longer than a restart or a failover takes. */
const FIRST_PAUSE_S = 5
const PAUSE_GROWTH = 6

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

/** Counts a fault and puts off the next try; returns how many there are now, undefined where it has its answer. */
export async function countFault(db: Db, ref: ClaimRef, at: Date): Promise<number | undefined> {
  const row = await db
    .updateTable('settlement_claim')
    .set((eb) => ({
      faults: eb('faults', '+', 1),
      retry_at: sql<Date>`${at}::timestamptz + make_interval(secs => ${FIRST_PAUSE_S} * power(${PAUSE_GROWTH}, faults))`,
    }))
    .where('person_id', '=', ref.personId)
    .where('id', '=', ref.claimId)
    .where('state', '=', 'pending')
    .returning('faults')
    .executeTakeFirst()
  return row?.faults
}

/** A claim that failed too often and waits for a person. Ids only: the person is named by the hub's own id. */
export interface StuckClaim extends ClaimRef {
  readonly institution: string
  readonly submittedAt: Date
  readonly faults: number
}

export async function readStuck(db: Db, limit: number): Promise<readonly StuckClaim[]> {
  return await db
    .selectFrom('settlement_claim')
    .select(['person_id as personId', 'id as claimId', 'institution', 'submitted_at as submittedAt', 'faults'])
    .where('state', '=', 'pending')
    .where('faults', '>=', MOST_FAULTS)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Makes a claim that failed due at once, with all its tries; false where it is not pending or never failed. */
export async function forgetFaults(db: Db, claimId: string): Promise<boolean> {
  const done = await db
    .updateTable('settlement_claim')
    .set({ faults: 0, retry_at: null })
    .where('id', '=', claimId)
    .where('state', '=', 'pending')
    .where('faults', '>', 0)
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
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

/** How far claims are; one that does not exist is not in the map. */
export async function claimStates(db: Db, refs: readonly ClaimRef[]): Promise<ReadonlyMap<string, ClaimState>> {
  const wanted = JSON.stringify(refs.map((ref) => ({ person_id: ref.personId, id: ref.claimId })))
  const { rows } = await sql<{ id: string; state: ClaimState }>`
    select c.id, c.state from json_to_recordset(${wanted}::json) as k (person_id uuid, id uuid)
    join settlement_claim c on c.person_id = k.person_id and c.id = k.id
  `.execute(db)
  return new Map(rows.map((row) => [row.id, row.state]))
}

/** True where a claim has waited since before `submittedBefore`: its wake-up was lost. */
export async function hasOverdue(db: Db, submittedBefore: Date, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('settlement_claim')
    .select('id')
    .where('state', '=', 'pending')
    .where('faults', '<', MOST_FAULTS)
    .where((eb) => eb.or([eb('retry_at', 'is', null), eb('retry_at', '<=', now)]))
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
