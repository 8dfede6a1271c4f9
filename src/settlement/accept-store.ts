import { sql } from 'kysely'
import { type Db, PREPARED } from '../kernel/db.ts'
import { nullableArray, plainArray, textArray, timeArray } from '../kernel/pg-array.ts'
import { packLines } from './compact.ts'
import type { Bill, ClaimRef } from './types.ts'

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

/** Those of the keys that were used. */
export async function readKeys(
  db: Db,
  keys: readonly { readonly institution: string; readonly key: string }[],
): Promise<readonly KeyRow[]> {
  const { rows } = await sql<KeyRow>`${PREPARED}
    select k.institution, k.key, k.request_hash as "requestHash", k.kind, k.person_id as "personId",
      k.claim_id as "claimId"
    from unnest(${textArray(keys.map((one) => one.institution))}::text[], ${textArray(keys.map((one) => one.key))}::text[])
      as a (institution, key)
    join settlement_key k on k.institution = a.institution and k.key = a.key
  `.execute(db)
  return rows
}

export interface NewClaim {
  readonly ref: ClaimRef
  readonly key: string
  readonly requestHash: Buffer
  readonly bill: Bill & { readonly medfeeSumamt: bigint }
}

/**
 * Writes keys, claims and their places in the queue (none for a claim that is refused at the counter) in one statement;
 * returns the ids of the claims whose keys were new.
 * The primary key of settlement_key decides: a key that another transaction is writing is waited for, and one that stands
 * twice among these is taken once. Keys are written in their order, so that two such statements do not lock each other out.
 */
export async function insertClaims(db: Db, claims: readonly NewClaim[], at: Date): Promise<ReadonlySet<string>> {
  const sorted = claims.toSorted((a, b) => compare(nameOf(a), nameOf(b)))
  const bills = sorted.map((one) => one.bill)
  const { rows } = await sql<{ claimId: string }>`${PREPARED}
    with a as (
      select * from unnest(
        ${plainArray(sorted.map((one) => one.ref.claimId))}::uuid[],
        ${plainArray(sorted.map((one) => one.ref.personId))}::uuid[],
        ${textArray(bills.map((one) => one.institution))}::text[],
        ${textArray(sorted.map((one) => one.key))}::text[],
        ${textArray(sorted.map((one) => `\\x${one.requestHash.toString('hex')}`))}::bytea[],
        ${plainArray(bills.map((one) => one.treatmentCity))}::text[],
        ${textArray(bills.map((one) => one.medType))}::text[],
        ${timeArray(bills.map((one) => one.setlTime))}::timestamptz[],
        ${plainArray(bills.map((one) => one.acctUsedFlag))}::text[],
        ${plainArray(bills.map((one) => one.medfeeSumamt))}::bigint[],
        ${textArray(bills.map((one) => packLines(one.lines)))}::text[],
        ${nullableArray(bills.map((one) => one.visitId ?? null))}::uuid[],
        ${timeArray(bills.map((one) => one.stay?.begin ?? null))}::timestamptz[],
        ${timeArray(bills.map((one) => one.stay?.end ?? null))}::timestamptz[],
        ${textArray(bills.map((one) => one.msgid ?? null))}::text[],
        ${textArray(bills.map((one) => one.diseCodg ?? null))}::text[],
        ${textArray(bills.map((one) => one.identified?.type ?? null))}::text[],
        ${nullableArray(bills.map((one) => one.identified?.by ?? null))}::text[],
        ${textArray(bills.map((one) => one.identified?.ref ?? null))}::text[],
        ${plainArray(bills.map((one) => one.refusedBy === undefined))}::boolean[]
      ) as a (id, person_id, institution, key, request_hash, treatment_city, med_type, setl_time, acct_used_flag,
        medfee_fen, lines, visit_id, begin_at, end_at, msgid, dise_codg, ident_type, ident_by, ident_ref, waits)
    ), k as (
      insert into settlement_key (institution, key, request_hash, kind, person_id, claim_id, created_at)
      select institution, key, request_hash, 'claim', person_id, id, ${at}::timestamptz from a
      on conflict (institution, key) do nothing
      returning claim_id
    ), fresh as (
      select a.* from a join k on k.claim_id = a.id
    ), claims as (
      insert into settlement_claim (id, person_id, institution, treatment_city, med_type, setl_time, acct_used_flag,
        medfee_fen, lines, visit_id, begin_at, end_at, msgid, dise_codg, ident_type, ident_by, ident_ref, submitted_at)
      select id, person_id, institution, treatment_city, med_type, setl_time, acct_used_flag, medfee_fen, lines, visit_id,
        begin_at, end_at, msgid, dise_codg, ident_type, ident_by, ident_ref, ${at}::timestamptz
      from fresh
    ), pending as (
      insert into settlement_pending (claim_id, person_id, submitted_at)
      select id, person_id, ${at}::timestamptz from fresh where waits
    )
    select id as "claimId" from fresh
  `.execute(db)
  return new Set(rows.map((row) => row.claimId))
}

const nameOf = (claim: NewClaim): string => `${claim.bill.institution} ${claim.key}`

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
