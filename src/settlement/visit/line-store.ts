import { sql } from 'kysely'
import type { Db, Tx } from '../../kernel/db.ts'
import { type Fen, fen, type Price, type Quantity, type Ratio, ratio } from '../../kernel/money.ts'
import { plainArray, textArray } from '../../kernel/pg-array.ts'
import type { VisitLine } from './line-rules.ts'

/** Names a visit by its primary key. */
export interface VisitKey {
  readonly personId: string
  readonly id: string
}

/** What of a line is only kept: prescription, who ordered, trace codes. */
export interface LineTold {
  readonly rxno?: string | undefined
  readonly rxCircFlag?: string | undefined
  readonly bilgDeptCodg?: string | undefined
  readonly bilgDrCodg?: string | undefined
  readonly drugTracCodg?: readonly string[] | undefined
}

/** Writes lines in one statement; returns the serials that were free. */
export async function insertLines(
  tx: Tx,
  visit: VisitKey,
  lines: readonly (VisitLine & { readonly told: LineTold })[],
  at: Date,
): Promise<ReadonlySet<string>> {
  const rows = lines.map((line) => ({
    feedetl_sn: line.feedetlSn,
    chrg_bchno: line.chrgBchno,
    init_feedetl_sn: line.initFeedetlSn,
    dise_codg: line.diseCodg,
    fee_ocur_time: line.feeOcurTime,
    med_list_codg: line.medListCodg,
    medins_list_codg: line.medinsListCodg,
    det_fen: String(line.detItemFeeSumamt),
    cnt: String(line.cnt),
    pric: String(line.pric),
    hosp_appr_flag: line.hospApprFlag,
    chrgitm_lv: line.chrgitmLv,
    selfpay_prop: String(line.selfpayProp),
    pric_uplmt: String(line.pricUplmtAmt),
    lmt_used_flag: line.lmtUsedFlag,
    med_chrgitm_type: line.medChrgitmType,
    list_type: line.listType,
    catalogue_row: line.catalogueRow,
    fulamt_ownpay_fen: String(line.fulamtOwnpayAmt),
    overlmt_fen: String(line.overlmtAmt),
    preselfpay_fen: String(line.preselfpayAmt),
    inscp_scp_fen: String(line.inscpScpAmt),
    claim_id: line.claimId,
    facts: line.told,
  }))
  const done = await sql<{ sn: string }>`
    insert into settlement_visit_line
      (person_id, visit_id, feedetl_sn, chrg_bchno, init_feedetl_sn, dise_codg, fee_ocur_time, med_list_codg,
       medins_list_codg, det_fen, cnt, pric, hosp_appr_flag, chrgitm_lv, selfpay_prop, pric_uplmt, lmt_used_flag,
       med_chrgitm_type, list_type, catalogue_row, fulamt_ownpay_fen, overlmt_fen, preselfpay_fen, inscp_scp_fen,
       claim_id, facts, created_at)
    select ${visit.personId}::uuid, ${visit.id}::uuid, feedetl_sn, chrg_bchno, init_feedetl_sn, dise_codg,
      fee_ocur_time, med_list_codg, medins_list_codg, det_fen, cnt, pric, hosp_appr_flag, chrgitm_lv, selfpay_prop,
      pric_uplmt, lmt_used_flag, med_chrgitm_type, list_type, catalogue_row, fulamt_ownpay_fen, overlmt_fen,
      preselfpay_fen, inscp_scp_fen, claim_id, facts, ${at}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json) as l
      (feedetl_sn text, chrg_bchno text, init_feedetl_sn text, dise_codg text, fee_ocur_time timestamptz,
       med_list_codg text, medins_list_codg text, det_fen bigint, cnt bigint, pric bigint, hosp_appr_flag text,
       chrgitm_lv text, selfpay_prop integer, pric_uplmt bigint, lmt_used_flag text, med_chrgitm_type text,
       list_type text, catalogue_row text, fulamt_ownpay_fen bigint, overlmt_fen bigint, preselfpay_fen bigint,
       inscp_scp_fen bigint, claim_id uuid, facts jsonb)
    on conflict (person_id, visit_id, feedetl_sn) do nothing
    returning feedetl_sn as sn
  `.execute(tx)
  return new Set(done.rows.map((row) => row.sn))
}

/** Which lines of a visit: a batch, some serials with their returns, or all. */
export interface LinesAsked {
  readonly batch?: string | undefined
  readonly serials?: readonly string[] | undefined
}

interface LineRow extends Omit<VisitLine, 'cnt' | 'pric' | 'pricUplmtAmt' | 'selfpayProp' | PartField | 'no'> {
  readonly cnt: bigint
  readonly pric: bigint
  readonly pricUplmt: bigint
  readonly selfpayProp: number
  readonly det: bigint
  readonly ful: bigint
  readonly over: bigint
  readonly pre: bigint
  readonly scp: bigint
}
type PartField = 'detItemFeeSumamt' | 'fulamtOwnpayAmt' | 'overlmtAmt' | 'preselfpayAmt' | 'inscpScpAmt'

/** Lines in the order in which they came. */
export async function readLines(db: Db, visit: VisitKey, asked: LinesAsked = {}): Promise<readonly VisitLine[]> {
  const { batch, serials } = asked
  const { rows } = await sql<LineRow>`
    select feedetl_sn as "feedetlSn", chrg_bchno as "chrgBchno", init_feedetl_sn as "initFeedetlSn",
      dise_codg as "diseCodg", fee_ocur_time as "feeOcurTime", med_list_codg as "medListCodg",
      medins_list_codg as "medinsListCodg", cnt, pric, hosp_appr_flag as "hospApprFlag", chrgitm_lv as "chrgitmLv",
      selfpay_prop as "selfpayProp", pric_uplmt as "pricUplmt", lmt_used_flag as "lmtUsedFlag",
      med_chrgitm_type as "medChrgitmType", list_type as "listType", catalogue_row as "catalogueRow",
      claim_id as "claimId", det_fen as det, fulamt_ownpay_fen as ful, overlmt_fen as over, preselfpay_fen as pre,
      inscp_scp_fen as scp
    from settlement_visit_line
    where person_id = ${visit.personId} and visit_id = ${visit.id}
      ${batch === undefined ? sql`` : sql`and chrg_bchno = ${batch}`}
      ${serials === undefined ? sql`` : sql`and (feedetl_sn = any(${textArray(serials)}::text[]) or init_feedetl_sn = any(${textArray(serials)}::text[]))`}
    order by seq
  `.execute(db)
  return rows.map(({ det, ful, over, pre, scp, pricUplmt, ...row }, no) => ({
    ...row,
    no,
    cnt: row.cnt as Quantity,
    pric: row.pric as Price,
    pricUplmtAmt: pricUplmt as Price,
    selfpayProp: ratio(row.selfpayProp) as Ratio,
    detItemFeeSumamt: fen(det) as Fen,
    fulamtOwnpayAmt: fen(ful),
    overlmtAmt: fen(over),
    preselfpayAmt: fen(pre),
    inscpScpAmt: fen(scp),
  }))
}

/** How many lines of a visit each claim took; the rest under null. */
export async function countLinesByClaim(db: Db, visit: VisitKey): Promise<ReadonlyMap<string | null, number>> {
  const { rows } = await sql<{ claimId: string | null; lines: number }>`
    select claim_id as "claimId", count(*)::int as lines from settlement_visit_line
    where person_id = ${visit.personId} and visit_id = ${visit.id} group by claim_id
  `.execute(db)
  return new Map(rows.map((row) => [row.claimId, row.lines]))
}

/** Those of the batches that the visit has. */
export async function readBatches(db: Db, visit: VisitKey, batches: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ batch: string }>`
    select distinct chrg_bchno as batch from settlement_visit_line
    where person_id = ${visit.personId} and visit_id = ${visit.id} and chrg_bchno = any(${textArray(batches)}::text[])
    order by 1
  `.execute(db)
  return rows.map((row) => row.batch)
}

export async function deleteLines(tx: Tx, visit: VisitKey, serials: readonly string[]): Promise<void> {
  await sql`
    delete from settlement_visit_line
    where person_id = ${visit.personId} and visit_id = ${visit.id} and feedetl_sn = any(${textArray(serials)}::text[])
  `.execute(tx)
}

/** Marks lines with the claim that settles them. */
export async function giveLines(tx: Tx, visit: VisitKey, serials: readonly string[], claimId: string): Promise<void> {
  await sql`
    update settlement_visit_line set claim_id = ${claimId}
    where person_id = ${visit.personId} and visit_id = ${visit.id} and feedetl_sn = any(${textArray(serials)}::text[])
  `.execute(tx)
}

export interface VisitClaim {
  readonly claimId: string
  readonly msgid: string
  readonly chrgBchno: string | null
  readonly mid: boolean
  readonly mdtrtCertType: string
  readonly invono: string | null
}

export async function insertVisitClaim(tx: Tx, visit: VisitKey, claim: VisitClaim, at: Date): Promise<void> {
  await tx
    .insertInto('settlement_visit_claim')
    .values({
      person_id: visit.personId,
      visit_id: visit.id,
      claim_id: claim.claimId,
      msgid: claim.msgid,
      chrg_bchno: claim.chrgBchno,
      mid: claim.mid,
      mdtrt_cert_type: claim.mdtrtCertType,
      invono: claim.invono,
      created_at: at,
    })
    .execute()
}

/** A claim of a visit and what became of it. */
export interface KnownClaim extends VisitClaim {
  readonly visitId: string
  readonly state: 'pending' | 'settled' | 'refused' | 'reversed'
  /** Its settlement. */
  readonly setlId: string | null
  readonly reversalId: string | null
}

/** Claims of visits in the order in which they were made: by primary keys, and one look for each claim. */
export async function readVisitClaims(db: Db, visits: readonly VisitKey[]): Promise<readonly KnownClaim[]> {
  if (visits.length === 0) return []
  const { rows } = await sql<KnownClaim>`
    select v.visit_id as "visitId", v.claim_id as "claimId", v.msgid, v.chrg_bchno as "chrgBchno", v.mid,
      v.mdtrt_cert_type as "mdtrtCertType", v.invono, r.id as "setlId", x.id as "reversalId",
      case when x.id is not null then 'reversed' when r.id is not null then 'settled'
        when f.claim_id is not null then 'refused' else 'pending' end as state
    from unnest(${plainArray(visits.map((one) => one.personId))}::uuid[],
      ${plainArray(visits.map((one) => one.id))}::uuid[]) as k (person_id, visit_id)
    join settlement_visit_claim v on v.person_id = k.person_id and v.visit_id = k.visit_id
    left join settlement_result r on r.claim_id = v.claim_id and r.person_id = v.person_id and r.kind = 'settlement'
    left join settlement_result x on x.claim_id = v.claim_id and x.person_id = v.person_id and x.kind = 'reversal'
    left join settlement_refusal f on f.claim_id = v.claim_id and f.person_id = v.person_id
    order by v.claim_id
  `.execute(db)
  return rows
}
