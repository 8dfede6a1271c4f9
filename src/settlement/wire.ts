import {
  type BenefitShares,
  type FundDetail,
  type SettledBenefits,
  type SplitLine,
  writeShares,
} from '../benefits/index.ts'
import { formatFen, parseFen } from '../kernel/money.ts'
import type { SentBill } from './check-sent-bill.ts'
import type { PersonInsurance } from './ports.ts'
import type { AnsweredClaim } from './result-store.ts'
import type { BillBody } from './schema.ts'
import type { Result } from './types.ts'

type Texts<T> = { readonly [K in keyof T]: string }

export const readBill = (body: BillBody): SentBill => ({
  // Either case is a UUID; stored and compared in lower case.
  personId: body.person_id.toLowerCase(),
  medType: body.med_type,
  setlTime: body.setl_time === undefined ? undefined : new Date(body.setl_time),
  acctUsedFlag: body.acct_used_flag ?? '0',
  medfeeSumamt: parseFen(body.medfee_sumamt),
  lines: body.lines.map((line) => ({
    feedetlSn: line.feedetl_sn,
    medListCodg: line.med_list_codg,
    chrgitmLv: line.chrgitm_lv,
    detItemFeeSumamt: line.det_item_fee_sumamt,
    cnt: line.cnt,
    pric: line.pric,
    selfpayProp: line.selfpay_prop ?? '0',
    pricUplmtAmt: line.pric_uplmt_amt ?? '0',
    lmtUsedFlag: line.lmt_used_flag ?? '0',
    hospApprFlag: line.hosp_appr_flag ?? '0',
  })),
})

/** National field names are the camelCase ones with underscores: inscpScpAmt is inscp_scp_amt. */
const national = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`), value]),
  )

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
  ...national(writeShares(settled.shares)),
  policy_verified: settled.verified,
  setldetail: showDetails(settled.details),
  lines: settled.lines.map(showLine),
})

/** The answer to a claim; the same rows give the same text for ever. */
export const showClaim = (claim: AnsweredClaim) => ({
  claim_id: claim.claimId,
  person_id: claim.personId,
  state: claim.state,
  reasons: claim.reasons ?? [],
  ...(claim.resultId === null
    ? {}
    : {
        setlinfo: {
          setl_id: claim.resultId,
          setl_time: claim.setlTime.toISOString(),
          fixmedins_code: claim.institution,
          med_type: claim.medType,
          clr_type: claim.clrType,
          window: claim.month,
          insuplc_admdvs: claim.insuredCity,
          mdtrtarea_admvs: claim.treatmentCity,
          insutype: claim.insutype,
          psn_type: claim.psnType,
          ...national(claim.shares as Texts<BenefitShares>),
          policy_verified: claim.verified,
          setldetail: showDetails(claim.details),
          lines: (claim.lines ?? []).map((line) => national({ ...line })),
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
    ...national(writeShares(result.shares)),
    policy_verified: result.verified,
    setldetail: showDetails(result.details),
    lines: result.lines.map(showLine),
  },
})
