import { sql } from 'kysely'
import { type Db, PREPARED } from '../kernel/db.ts'
import { plainArray } from '../kernel/pg-array.ts'
import { unpackLines } from './compact.ts'
import type { ClaimRef, PendingClaim } from './types.ts'

/** A claim that failed this often waits for a person. */
export const MOST_FAULTS = 5

/** After a fault the next try comes after 5 s, then 30 s, 3 min and 18 min: longer than a restart or a failover takes. */
const FIRST_PAUSE_S = 5
const PAUSE_GROWTH = 6

/** Before every id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000'

interface ClaimRow extends Omit<PendingClaim, 'lines' | 'stay' | 'diseCodg' | 'visitId'> {
  readonly lines: string
  readonly beginAt: Date | null
  readonly endAt: Date | null
  readonly diseCodg: string | null
}

const CLAIM = sql`c.id, c.person_id as "personId", c.institution, c.treatment_city as "treatmentCity",
  c.med_type as "medType", c.setl_time as "setlTime", c.acct_used_flag as "acctUsedFlag", c.lines,
  c.dise_codg as "diseCodg", c.begin_at as "beginAt", c.end_at as "endAt"`

/**
 * Locks the next claims that are due, in the order of their ids and after `after`; those that another transaction holds
 * are skipped. Going on after the last one keeps a round from looking again at what it has just taken off the queue.
 */
export async function takePending(
  db: Db,
  of: { readonly after: string; readonly limit: number; readonly now: Date },
): Promise<readonly PendingClaim[]> {
  const { rows } = await sql<ClaimRow>`${PREPARED}
    with p as materialized (
      select claim_id, person_id from settlement_pending
      where claim_id > ${of.after}::uuid and faults < ${MOST_FAULTS} and (retry_at is null or retry_at <= ${of.now})
      order by claim_id limit ${of.limit}
      for update skip locked
    )
    select ${CLAIM} from p join settlement_claim c on c.id = p.claim_id and c.person_id = p.person_id
  `.execute(db)
  return rows.map(toClaim).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Locks one pending claim; undefined where it is answered or held by somebody else. */
export async function takeOne(db: Db, ref: ClaimRef): Promise<PendingClaim | undefined> {
  const { rows } = await sql<ClaimRow>`
    with p as materialized (
      select claim_id, person_id from settlement_pending
      where claim_id = ${ref.claimId} and person_id = ${ref.personId} for update skip locked
    )
    select ${CLAIM} from p join settlement_claim c on c.id = p.claim_id and c.person_id = p.person_id
  `.execute(db)
  return rows.map(toClaim)[0]
}

const toClaim = ({ lines, beginAt, endAt, diseCodg, ...row }: ClaimRow): PendingClaim => ({
  ...row,
  diseCodg: diseCodg ?? undefined,
  stay: beginAt === null || endAt === null ? undefined : { begin: beginAt, end: endAt },
  // Read when it is settled: a fault in one claim must not keep the others of the batch from being read.
  get lines() {
    return unpackLines(lines, row.treatmentCity)
  },
})

/** Those of the claims that have no answer yet. */
export async function stillPending(db: Db, claimIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`${PREPARED}
    select claim_id as id from settlement_pending where claim_id = any(${plainArray(claimIds)}::uuid[])
  `.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** Counts a fault and puts off the next try; returns how many there are now, undefined where it has its answer. */
export async function countFault(db: Db, ref: ClaimRef, at: Date): Promise<number | undefined> {
  const row = await db
    .updateTable('settlement_pending')
    .set((eb) => ({
      faults: eb('faults', '+', 1),
      retry_at: sql<Date>`${at}::timestamptz + make_interval(secs => ${FIRST_PAUSE_S} * power(${PAUSE_GROWTH}, faults))`,
    }))
    .where('person_id', '=', ref.personId)
    .where('claim_id', '=', ref.claimId)
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
    .selectFrom('settlement_pending as p')
    .innerJoin('settlement_claim as c', (join) =>
      join.onRef('c.id', '=', 'p.claim_id').onRef('c.person_id', '=', 'p.person_id'),
    )
    .select([
      'p.person_id as personId',
      'p.claim_id as claimId',
      'c.institution',
      'p.submitted_at as submittedAt',
      'p.faults',
    ])
    .where('p.faults', '>=', MOST_FAULTS)
    .orderBy('p.claim_id')
    .limit(limit)
    .execute()
}

/** Makes a claim that failed due at once, with all its tries; false where it is not pending or never failed. */
export async function forgetFaults(db: Db, claimId: string): Promise<boolean> {
  const done = await db
    .updateTable('settlement_pending')
    .set({ faults: 0, retry_at: null })
    .where('claim_id', '=', claimId)
    .where('faults', '>', 0)
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/** The first claim that is due: it was never tried, or its pause after a fault is over. */
export async function firstDue(db: Db, now: Date): Promise<string | undefined> {
  const row = await db
    .selectFrom('settlement_pending')
    .select('claim_id as claimId')
    .where('faults', '<', MOST_FAULTS)
    .where((eb) => eb.or([eb('retry_at', 'is', null), eb('retry_at', '<=', now)]))
    .orderBy('claim_id')
    .limit(1)
    .executeTakeFirst()
  return row?.claimId
}
