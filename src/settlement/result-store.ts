import { sql } from 'kysely'
import {
  type Accumulators,
  type BenefitShares,
  type BenefitTrace,
  type FundDetail,
  readAccumulators,
  readShares,
  type SplitLine,
  writeAccumulators,
  writeShares,
} from '../benefits/index.ts'
import type { Db } from '../kernel/db.ts'
import { fen, formatFen, parseFen } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import type { ClaimRef, Reason, Result } from './types.ts'

type Texts<T> = { readonly [K in keyof T]: string }

/** Writes results with their fund rows and, for settlements, traces, in one statement. */
export async function insertResults(
  db: Db,
  results: readonly (Result & { readonly trace: BenefitTrace | null })[],
  at: Date,
): Promise<void> {
  const rows = results.map((one) => ({
    person_id: one.personId,
    id: one.id,
    claim_id: one.claimId,
    kind: one.kind,
    original_id: one.originalId,
    institution: one.institution,
    treatment_city: one.treatmentCity,
    insured_city: one.insuredCity,
    insutype: one.insutype,
    psn_type: one.psnType,
    med_type: one.medType,
    clr_type: one.clrType,
    year: one.year,
    no: String(one.no),
    setl_time: one.setlTime,
    setl_date: localDate(one.setlTime),
    month: one.month,
    medfee_fen: String(one.shares.medfeeSumamt),
    fund_pay_fen: String(one.shares.fundPaySumamt),
    acct_pay_fen: String(one.shares.acctPay),
    psn_part_fen: String(one.shares.psnPartAmt),
    psn_cash_fen: String(one.shares.psnCashPay),
    shares: writeShares(one.shares),
    lines: one.lines.map(writeLine),
    movements: writeAccumulators(one.movements),
    accumulators_after: writeAccumulators(one.accumulatorsAfter),
    verified: one.verified,
    trace: one.trace,
    details: one.details.map((detail) => ({
      fund_pay_type: detail.fundPayType,
      inscp_scp_fen: String(detail.inscpScpAmt),
      crt_payb_lmt_fen: String(detail.crtPaybLmtAmt),
      fund_pay_fen: String(detail.fundPayamt),
    })),
  }))
  await sql`
    with r as (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as r
        (person_id uuid, id uuid, claim_id uuid, kind text, original_id uuid, institution text, treatment_city text,
         insured_city text, insutype text, psn_type text, med_type text, clr_type text, year smallint, no bigint,
         setl_time timestamptz, setl_date date, month text, medfee_fen bigint, fund_pay_fen bigint, acct_pay_fen bigint,
         psn_part_fen bigint, psn_cash_fen bigint, shares jsonb, lines jsonb, movements jsonb, accumulators_after jsonb,
         verified boolean, trace jsonb, details json)
    ), results as (
      insert into settlement_result
        (person_id, id, claim_id, kind, original_id, institution, treatment_city, insured_city, insutype, psn_type,
         med_type, clr_type, year, no, setl_time, setl_date, month, medfee_fen, fund_pay_fen, acct_pay_fen,
         psn_part_fen, psn_cash_fen, shares, lines, movements, accumulators_after, verified, created_at)
      select person_id, id, claim_id, kind, original_id, institution, treatment_city, insured_city, insutype, psn_type,
        med_type, clr_type, year, no, setl_time, setl_date, month, medfee_fen, fund_pay_fen, acct_pay_fen,
        psn_part_fen, psn_cash_fen, shares, lines, movements, accumulators_after, verified, ${at}::timestamptz
      from r
    ), traces as (
      insert into settlement_trace (person_id, result_id, trace)
      select person_id, id, trace from r where kind = 'settlement'
    )
    insert into settlement_detail (person_id, result_id, fund_pay_type, inscp_scp_fen, crt_payb_lmt_fen, fund_pay_fen)
    select r.person_id, r.id, d.fund_pay_type, d.inscp_scp_fen, d.crt_payb_lmt_fen, d.fund_pay_fen
    from r, json_to_recordset(r.details) as d
      (fund_pay_type text, inscp_scp_fen bigint, crt_payb_lmt_fen bigint, fund_pay_fen bigint)
  `.execute(db)
}

/** The settlement of a claim, or its reversal. */
export async function readResult(db: Db, ref: ClaimRef, kind: Result['kind']): Promise<Result | undefined> {
  const row = await db
    .selectFrom('settlement_result as r')
    .select([
      'r.person_id as personId',
      'r.id',
      'r.claim_id as claimId',
      'r.kind',
      'r.original_id as originalId',
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
      'r.shares',
      'r.lines',
      'r.movements',
      'r.accumulators_after as accumulatorsAfter',
    ])
    .select(details.as('details'))
    .where('r.person_id', '=', ref.personId)
    .where('r.claim_id', '=', ref.claimId)
    .where('r.kind', '=', kind)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    ...row,
    kind: row.kind as Result['kind'],
    shares: readShares(row.shares as Texts<BenefitShares>),
    lines: (row.lines as Texts<SplitLine>[]).map(readLine),
    movements: readAccumulators(row.movements as Texts<Accumulators>),
    accumulatorsAfter: readAccumulators(row.accumulatorsAfter as Texts<Accumulators>),
    details: (row.details ?? []).map(readDetail),
  }
}

interface DetailText {
  readonly type: string
  readonly inscp: string
  readonly limit: string
  readonly pay: string
}

const details = sql<DetailText[] | null>`(
  select json_agg(json_build_object('type', d.fund_pay_type, 'inscp', d.inscp_scp_fen::text,
    'limit', d.crt_payb_lmt_fen::text, 'pay', d.fund_pay_fen::text) order by d.fund_pay_type)
  from settlement_detail d where d.person_id = r.person_id and d.result_id = r.id
)`

const readDetail = (row: DetailText): FundDetail => ({
  fundPayType: row.type,
  inscpScpAmt: fen(BigInt(row.inscp)),
  crtPaybLmtAmt: fen(BigInt(row.limit)),
  fundPayamt: fen(BigInt(row.pay)),
})

const writeLine = (line: SplitLine): Texts<SplitLine> => ({
  feedetlSn: line.feedetlSn,
  detItemFeeSumamt: formatFen(line.detItemFeeSumamt),
  fulamtOwnpayAmt: formatFen(line.fulamtOwnpayAmt),
  overlmtAmt: formatFen(line.overlmtAmt),
  preselfpayAmt: formatFen(line.preselfpayAmt),
  inscpScpAmt: formatFen(line.inscpScpAmt),
})

const readLine = (line: Texts<SplitLine>): SplitLine => ({
  feedetlSn: line.feedetlSn,
  detItemFeeSumamt: parseFen(line.detItemFeeSumamt),
  fulamtOwnpayAmt: parseFen(line.fulamtOwnpayAmt),
  overlmtAmt: parseFen(line.overlmtAmt),
  preselfpayAmt: parseFen(line.preselfpayAmt),
  inscpScpAmt: parseFen(line.inscpScpAmt),
})

/** A claim with its settlement, as it was answered: the immutable part that every repeat of its key gets. */
export interface AnsweredClaim extends ClaimRef {
  readonly state: 'pending' | 'settled' | 'refused'
  readonly institution: string
  readonly medType: string
  readonly setlTime: Date
  readonly reasons: readonly Reason[] | null
  readonly resultId: string | null
  readonly insuredCity: string | null
  readonly treatmentCity: string
  readonly insutype: string | null
  readonly psnType: string | null
  readonly clrType: string | null
  readonly month: string | null
  readonly verified: boolean | null
  readonly shares: Texts<BenefitShares> | null
  readonly lines: readonly Texts<SplitLine>[] | null
  readonly details: readonly FundDetail[]
}

/**
 * Claims with their settlements. `answeredOnly` leaves out those still pending, for the poller: one indexed query for
 * all waiters of the process (plan: Nested Loop of the keys with settlement_claim_id, then the primary keys; 64 claims of
 * 50,000 in 0.5 ms).
 */
export async function readAnswers(
  db: Db,
  refs: readonly ClaimRef[],
  options: { readonly answeredOnly: boolean },
): Promise<AnsweredClaim[]> {
  const wanted = JSON.stringify(refs.map((ref) => ({ person_id: ref.personId, id: ref.claimId })))
  const { rows } = await sql<Omit<AnsweredClaim, 'details'> & { details: DetailText[] | null }>`
    select c.person_id as "personId", c.id as "claimId", c.state, c.institution, c.med_type as "medType",
      c.setl_time as "setlTime", c.reasons, r.id as "resultId", c.insured_city as "insuredCity",
      c.treatment_city as "treatmentCity", r.insutype, r.psn_type as "psnType", r.clr_type as "clrType", r.month,
      r.verified, r.shares, r.lines, ${details} as details
    from json_to_recordset(${wanted}::json) as k (person_id uuid, id uuid)
    join settlement_claim c on c.person_id = k.person_id and c.id = k.id
    left join settlement_result r on r.person_id = c.person_id and r.claim_id = c.id and r.kind = 'settlement'
    ${options.answeredOnly ? sql`where c.state <> 'pending'` : sql``}
  `.execute(db)
  return rows.map((row) => ({ ...row, details: (row.details ?? []).map(readDetail) }))
}

export async function readTrace(db: Db, ref: ClaimRef): Promise<{ resultId: string; trace: BenefitTrace } | undefined> {
  const row = await db
    .selectFrom('settlement_trace as t')
    .innerJoin('settlement_result as r', (join) =>
      join.onRef('r.person_id', '=', 't.person_id').onRef('r.id', '=', 't.result_id'),
    )
    .select(['t.result_id as resultId', 't.trace'])
    .where('r.person_id', '=', ref.personId)
    .where('r.claim_id', '=', ref.claimId)
    .where('r.kind', '=', 'settlement')
    .executeTakeFirst()
  return row && { resultId: row.resultId, trace: row.trace as unknown as BenefitTrace }
}
