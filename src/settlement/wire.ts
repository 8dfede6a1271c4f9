import type { BenefitShares, FundDetail, SettledBenefits, SplitLine } from '../benefits/index.ts'
import { formatFen, formatRatio, parseFen } from '../kernel/money.ts'
import type { SentBill } from './check-sent-bill.ts'
import { SHARE_FIELDS } from './compact.ts'
import type { PersonInsurance } from './ports.ts'
import type { AnsweredClaim } from './result-store.ts'
import type { BillBody } from './schema.ts'
import type { Result } from './types.ts'

export const readBill = (body: BillBody): SentBill => ({
  // Either case is a UUID; stored and compared in lower case.
  personId: body.person_id.toLowerCase(),
  medType: body.med_type,
  setlTime: body.setl_time === undefined ? undefined : new Date(body.setl_time),
  acctUsedFlag: body.acct_used_flag ?? '0',
  medfeeSumamt: parseFen(body.medfee_sumamt),
  ...(body.stay === undefined ? {} : { stay: { begin: new Date(body.stay.begin), end: new Date(body.stay.end) } }),
  ...(body.dise_codg === undefined ? {} : { diseCodg: body.dise_codg }),
  lines: body.lines.map((line) => ({
    feedetlSn: line.feedetl_sn,
    medListCodg: line.med_list_codg,
    ...(line.chrgitm_lv === undefined ? {} : { chrgitmLv: line.chrgitm_lv }),
    detItemFeeSumamt: line.det_item_fee_sumamt,
    cnt: line.cnt,
    pric: line.pric,
    ...(line.selfpay_prop === undefined ? {} : { selfpayProp: line.selfpay_prop }),
    ...(line.pric_uplmt_amt === undefined ? {} : { pricUplmtAmt: line.pric_uplmt_amt }),
    ...(line.lmt_used_flag === undefined ? {} : { lmtUsedFlag: line.lmt_used_flag }),
    hospApprFlag: line.hosp_appr_flag ?? '0',
  })),
})

/** National field names are the camelCase ones with underscores: inscpScpAmt is inscp_scp_amt. */
const NATIONAL = SHARE_FIELDS.map((field) => [field, field.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`)] as const)

const nationalShares = (shares: BenefitShares): Record<string, string> => {
  const shown: Record<string, string> = {}
  for (const [field, name] of NATIONAL) {
    shown[name] = field === 'poolPropSelfpay' ? formatRatio(shares[field]) : formatFen(shares[field])
  }
  return shown
}

const showDetails = (details: readonly FundDetail[]) =>
  details.map((one) => ({
    fund_pay_type: one.fundPayType,
    inscp_scp_amt: formatFen(one.inscpScpAmt),
    crt_payb_lmt_amt: formatFen(one.crtPaybLmtAmt),
    fund_payamt: formatFen(one.fundPayamt),
  }))

const showLine = (line: SplitLine) => ({
  feedetl_sn: line.feedetlSn,
  det_item_fee_sumamt: formatFen(line.detItemFeeSumamt),
  fulamt_ownpay_amt: formatFen(line.fulamtOwnpayAmt),
  overlmt_amt: formatFen(line.overlmtAmt),
  preselfpay_amt: formatFen(line.preselfpayAmt),
  inscp_scp_amt: formatFen(line.inscpScpAmt),
})

export const showTrial = (insurance: PersonInsurance, treatmentCity: string, settled: SettledBenefits) => ({
  insuplc_admdvs: insurance.insuredCity,
  mdtrtarea_admvs: treatmentCity,
  insutype: insurance.insutype,
  psn_type: insurance.psnType,
  ...nationalShares(settled.shares),
  policy_verified: settled.verified,
  filing_waived: insurance.insuredCity !== treatmentCity,
  setldetail: showDetails(settled.details),
  lines: settled.lines.map(showLine),
})

/** The answer to a claim; the same rows give the same text for ever. */
export const showClaim = (claim: AnsweredClaim) => ({
  claim_id: claim.claimId,
  person_id: claim.personId,
  state: claim.state,
  reasons: claim.reasons ?? [],
  ...(claim.settled === null
    ? {}
    : {
        setlinfo: {
          setl_id: claim.settled.id,
          setl_time: claim.setlTime.toISOString(),
          fixmedins_code: claim.institution,
          med_type: claim.medType,
          clr_type: claim.settled.clrType,
          window: claim.settled.month,
          insuplc_admdvs: claim.insuredCity,
          mdtrtarea_admvs: claim.treatmentCity,
          insutype: claim.settled.insutype,
          psn_type: claim.settled.psnType,
          ...nationalShares(claim.settled.shares),
          policy_verified: claim.settled.verified,
          filing_waived: claim.settled.waived,
          ...(claim.identified === null
            ? {}
            : { identified: { type: claim.identified.type, by: claim.identified.by } }),
          setldetail: showDetails(claim.settled.details),
          lines: claim.settled.lines.map(showLine),
        },
      }),
})

export const showReversal = (result: Result) => ({
  claim_id: result.claimId,
  init_setl_id: result.originalId,
  setlinfo: {
    setl_id: result.id,
    setl_time: result.setlTime.toISOString(),
    fixmedins_code: result.institution,
    med_type: result.medType,
    clr_type: result.clrType,
    window: result.month,
    insuplc_admdvs: result.insuredCity,
    mdtrtarea_admvs: result.treatmentCity,
    insutype: result.insutype,
    psn_type: result.psnType,
    ...nationalShares(result.shares),
    policy_verified: result.verified,
    filing_waived: result.waived,
    setldetail: showDetails(result.details),
    lines: result.lines.map(showLine),
  },
})
