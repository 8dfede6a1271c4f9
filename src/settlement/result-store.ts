import { sql } from 'kysely'
import { type BenefitShares, type FundDetail, type SplitLine, splitLine } from '../benefits/index.ts'
import { type Db, PREPARED } from '../kernel/db.ts'
import { negFen } from '../kernel/money.ts'
import { nullableArray, plainArray, textArray, timeArray } from '../kernel/pg-array.ts'
import { localDate } from '../kernel/time.ts'
import {
  packAccumulators,
  packDetails,
  packShares,
  unpackAccumulators,
  unpackDetails,
  unpackLines,
  unpackShares,
} from './compact.ts'
import type { ClaimRef, Reason, Result } from './types.ts'

/** A result as it is written: its lines stand with the claim. */
export type NewResult = Omit<Result, 'lines'> & { readonly trace: string | null }

/** Writes results, one row each. */
export async function insertResults(db: Db, results: readonly NewResult[], at: Date): Promise<void> {
  await sql`${PREPARED}
    insert into settlement_result (id, claim_id, person_id, original_id, account_holder, setl_time, created_at, medfee_fen,
      fund_pay_fen, acct_pay_fen, no, setl_date, year, verified, waived, kind, insured_city, treatment_city, insutype,
      psn_type, med_type, clr_type, month, institution, shares, details, moved, trace)
    select id, claim_id, person_id, original_id, account_holder, setl_time, ${at}::timestamptz, medfee_fen,
      fund_pay_fen, acct_pay_fen, no, setl_date, year, verified, waived, kind, insured_city, treatment_city, insutype,
      psn_type, med_type, clr_type, month, institution, shares, details, moved::bigint[], trace
    from unnest(
      ${plainArray(results.map((one) => one.id))}::uuid[],
      ${plainArray(results.map((one) => one.claimId))}::uuid[],
      ${plainArray(results.map((one) => one.personId))}::uuid[],
      ${nullableArray(results.map((one) => one.originalId))}::uuid[],
      ${nullableArray(results.map((one) => one.accountHolder))}::uuid[],
      ${timeArray(results.map((one) => one.setlTime))}::timestamptz[],
      ${plainArray(results.map((one) => one.shares.medfeeSumamt))}::bigint[],
      ${plainArray(results.map((one) => one.shares.fundPaySumamt))}::bigint[],
      ${plainArray(results.map((one) => one.shares.acctPay))}::bigint[],
      ${plainArray(results.map((one) => one.no))}::bigint[],
      ${plainArray(results.map((one) => localDate(one.setlTime)))}::date[],
      ${plainArray(results.map((one) => one.year))}::smallint[],
      ${plainArray(results.map((one) => one.verified))}::boolean[],
      ${plainArray(results.map((one) => one.waived))}::boolean[],
      ${plainArray(results.map((one) => one.kind))}::text[],
      ${plainArray(results.map((one) => one.insuredCity))}::text[],
      ${plainArray(results.map((one) => one.treatmentCity))}::text[],
      ${textArray(results.map((one) => one.insutype))}::text[],
      ${textArray(results.map((one) => one.psnType))}::text[],
      ${textArray(results.map((one) => one.medType))}::text[],
      ${textArray(results.map((one) => one.clrType))}::text[],
      ${plainArray(results.map((one) => one.month))}::text[],
      ${textArray(results.map((one) => one.institution))}::text[],
      ${textArray(results.map((one) => packShares(one.shares)))}::text[],
      ${textArray(results.map((one) => packDetails(one.details)))}::text[],
      ${textArray(results.map((one) => packAccumulators(one.movements)))}::text[],
      ${textArray(results.map((one) => one.trace))}::text[]
    ) as r (id, claim_id, person_id, original_id, account_holder, setl_time, medfee_fen, fund_pay_fen, acct_pay_fen, no,
      setl_date, year, verified, waived, kind, insured_city, treatment_city, insutype, psn_type, med_type, clr_type, month,
      institution, shares, details, moved, trace)
  `.execute(db)
}

export interface Refusal extends ClaimRef {
  readonly insuredCity: string | null
  readonly reasons: readonly Reason[]
}

/** Takes answered claims off the queue, and writes why those were refused that were. */
export async function finishClaims(
  db: Db,
  claimIds: readonly string[],
  refusals: readonly Refusal[],
  at: Date,
): Promise<void> {
  if (claimIds.length > 0) {
    await sql`${PREPARED}
      delete from settlement_pending where claim_id = any(${plainArray(claimIds)}::uuid[])
    `.execute(db)
  }
  if (refusals.length === 0) return
  await sql`${PREPARED}
    insert into settlement_refusal (claim_id, person_id, insured_city, reasons, answered_at)
    select claim_id, person_id, insured_city, reasons::jsonb, ${at}::timestamptz
    from unnest(
      ${plainArray(refusals.map((one) => one.claimId))}::uuid[],
      ${plainArray(refusals.map((one) => one.personId))}::uuid[],
      ${nullableArray(refusals.map((one) => one.insuredCity))}::text[],
      ${textArray(refusals.map((one) => JSON.stringify(one.reasons)))}::text[]
    ) as f (claim_id, person_id, insured_city, reasons)
  `.execute(db)
}

/** The settlement of a claim, or its reversal. */
export async function readResult(db: Db, ref: ClaimRef, kind: Result['kind']): Promise<Result | undefined> {
  const row = await db
    .selectFrom('settlement_result as r')
    .innerJoin('settlement_claim as c', (join) =>
      join.onRef('c.id', '=', 'r.claim_id').onRef('c.person_id', '=', 'r.person_id'),
    )
    .select([
      'r.person_id as personId',
      'r.id',
      'r.claim_id as claimId',
      'r.kind',
      'r.original_id as originalId',
      'r.account_holder as accountHolder',
      'r.institution',
      'r.treatment_city as treatmentCity',
      'r.insured_city as insuredCity',
      'r.insutype',
      'r.psn_type as psnType',
      'r.med_type as medType',
      'r.clr_type as clrType',
      'r.year',
      'r.no',
      'r.setl_time as setlTime',
      'r.month',
      'r.verified',
      'r.waived',
      'r.shares',
      'r.details',
      'r.moved',
      'c.lines',
    ])
    .where('r.person_id', '=', ref.personId)
    .where('r.claim_id', '=', ref.claimId)
    .where('r.kind', '=', kind)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { moved, lines, ...rest } = row
  const split = unpackLines(lines, row.treatmentCity).map(splitLine)
  return {
    ...rest,
    kind,
    shares: unpackShares(row.shares),
    details: unpackDetails(row.details),
    movements: unpackAccumulators(moved),
    lines: kind === 'reversal' ? split.map(negLine) : split,
  }
}

const negLine = (line: SplitLine): SplitLine => ({
  feedetlSn: line.feedetlSn,
  detItemFeeSumamt: negFen(line.detItemFeeSumamt),
  fulamtOwnpayAmt: negFen(line.fulamtOwnpayAmt),
  overlmtAmt: negFen(line.overlmtAmt),
  preselfpayAmt: negFen(line.preselfpayAmt),
  inscpScpAmt: negFen(line.inscpScpAmt),
})

/** A claim with its settlement, as it was answered: the immutable part that every repeat of its key gets. */
export interface AnsweredClaim extends ClaimRef {
  readonly state: 'pending' | 'settled' | 'refused'
  readonly institution: string
  readonly medType: string
  readonly setlTime: Date
  readonly reasons: readonly Reason[] | null
  readonly treatmentCity: string
  readonly insuredCity: string | null
  readonly visitId: string | null
  readonly identified: { readonly type: string; readonly by: string } | null
  /** Null unless it is settled. */
  readonly settled: {
    readonly id: string
    readonly insutype: string
    readonly psnType: string
    readonly clrType: string
    readonly month: string
    readonly verified: boolean
    readonly waived: boolean
    readonly shares: BenefitShares
    readonly details: readonly FundDetail[]
    readonly lines: readonly SplitLine[]
  } | null
}

interface AnswerRow extends ClaimRef {
  readonly institution: string
  readonly medType: string
  readonly setlTime: Date
  readonly treatmentCity: string
  readonly visitId: string | null
  readonly identType: string | null
  readonly identBy: string | null
  readonly lines: string
  readonly reasons: readonly Reason[] | null
  readonly refusedCity: string | null
  readonly id: string | null
  readonly insuredCity: string
  readonly insutype: string
  readonly psnType: string
  readonly clrType: string
  readonly month: string
  readonly verified: boolean
  readonly waived: boolean
  readonly shares: string
  readonly details: string
}

/**
 * Claims with their answers. `answeredOnly` leaves out those still pending: one indexed query for all waiters of the
 * process (plan: Nested Loop of the keys with the primary keys).
 */
export async function readAnswers(
  db: Db,
  refs: readonly ClaimRef[],
  options: { readonly answeredOnly: boolean },
): Promise<AnsweredClaim[]> {
  const { rows } = await sql<AnswerRow>`${PREPARED}
    select c.person_id as "personId", c.id as "claimId", c.institution, c.med_type as "medType",
      c.setl_time as "setlTime", c.treatment_city as "treatmentCity", c.visit_id as "visitId",
      c.ident_type as "identType", c.ident_by as "identBy", c.lines, f.reasons, f.insured_city as "refusedCity", r.id,
      r.insured_city as "insuredCity", r.insutype, r.psn_type as "psnType", r.clr_type as "clrType", r.month, r.verified,
      r.waived, r.shares, r.details
    from unnest(${plainArray(refs.map((ref) => ref.claimId))}::uuid[], ${plainArray(refs.map((ref) => ref.personId))}::uuid[])
      as k (id, person_id)
    join settlement_claim c on c.id = k.id and c.person_id = k.person_id
    left join settlement_result r on r.claim_id = c.id and r.person_id = c.person_id and r.kind = 'settlement'
    left join settlement_refusal f on f.claim_id = c.id and f.person_id = c.person_id
    where not ${options.answeredOnly}::boolean or r.id is not null or f.claim_id is not null
  `.execute(db)
  return rows.map(toAnswer)
}

const toAnswer = (row: AnswerRow): AnsweredClaim => ({
  personId: row.personId,
  claimId: row.claimId,
  state: row.id !== null ? 'settled' : row.reasons !== null ? 'refused' : 'pending',
  institution: row.institution,
  medType: row.medType,
  setlTime: row.setlTime,
  reasons: row.reasons,
  treatmentCity: row.treatmentCity,
  insuredCity: row.id === null ? row.refusedCity : row.insuredCity,
  visitId: row.visitId,
  identified: row.identType === null || row.identBy === null ? null : { type: row.identType, by: row.identBy },
  settled:
    row.id === null
      ? null
      : {
          id: row.id,
          insutype: row.insutype,
          psnType: row.psnType,
          clrType: row.clrType,
          month: row.month,
          verified: row.verified,
          waived: row.waived,
          shares: unpackShares(row.shares),
          details: unpackDetails(row.details),
          lines: unpackLines(row.lines, row.treatmentCity).map(splitLine),
        },
})

/** The trace of the settlement of a claim, as it is stored. */
export async function readTraceText(db: Db, ref: ClaimRef): Promise<{ resultId: string; trace: string } | undefined> {
  const row = await db
    .selectFrom('settlement_result')
    .select(['id as resultId', 'trace'])
    .where('person_id', '=', ref.personId)
    .where('claim_id', '=', ref.claimId)
    .where('kind', '=', 'settlement')
    .executeTakeFirst()
  return row === undefined || row.trace === null ? undefined : { resultId: row.resultId, trace: row.trace }
}
