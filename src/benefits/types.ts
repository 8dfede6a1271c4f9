import type { Fen, Price, Quantity, Ratio } from '../kernel/money.ts'
import type { Accumulators } from './accumulators.ts'

/*
 * Field names are those of the national interface in camelCase (inscp_scp_amt is inscpScpAmt); README.md has the whole mapping.
 */

/** chrgitm_lv: 01 甲 (wholly in scope), 02 乙 (a part is paid first), 03 丙 (wholly self-paid). */
export type ChargeItemLevel = '01' | '02' | '03'

/** What the catalogue of the place of treatment says about a line: 执行就医地目录. */
export interface LineTerms {
  /** The division whose catalogue this is. It must be the place of treatment, never the insured place. */
  readonly admdvs: string
  readonly chrgitmLv: ChargeItemLevel
  /** Highest unit price in scope; zero means that there is no limit. */
  readonly pricUplmtAmt: Price
  /** Share of a 乙 item that the person pays first. */
  readonly selfpayProp: Ratio
}

export interface BillLine {
  readonly feedetlSn: string
  readonly detItemFeeSumamt: Fen
  readonly cnt: Quantity
  /** 1 = the item may be paid only under conditions. */
  readonly lmtUsedFlag: '0' | '1'
  /** The hospital's word on those conditions: 0 none needed, 1 met, 2 not met. */
  readonly hospApprFlag: '0' | '1' | '2'
  readonly terms: LineTerms
}

/** A line split into its four parts, which sum to the line exactly. */
export interface SplitLine {
  readonly feedetlSn: string
  readonly detItemFeeSumamt: Fen
  readonly fulamtOwnpayAmt: Fen
  readonly overlmtAmt: Fen
  readonly preselfpayAmt: Fen
  readonly inscpScpAmt: Fen
}

export interface BillSum {
  readonly medfeeSumamt: Fen
  readonly fulamtOwnpayAmt: Fen
  readonly overlmtSelfpay: Fen
  readonly preselfpayAmt: Fen
  readonly inscpScpAmt: Fen
}

export interface BenefitClaim {
  /** Parameters in force and the accumulators' year follow this date; for a stay it is the date of discharge. */
  readonly setlDate: string
  readonly insuplcAdmdvs: string
  readonly mdtrtareaAdmvs: string
  readonly insutype: string
  /** National code or a regional sub-code of it. */
  readonly psnType: string
  /** 11 普通门诊, 14 门诊慢特病, 21 住院, 41 药店购药. */
  readonly medType: string
  /** Level of the provider for deductible and ratio: community, 1, 2, 3, 4 other, 9 none. */
  readonly dedcHospLv: string
  readonly institutionKind: 'hospital' | 'pharmacy'
  /** 病种编码: the disease whose figures apply to 门诊慢特病; null for other care. */
  readonly diseCodg: string | null
  readonly cvlservFlag: '0' | '1'
  /** Special identity (2301-2308 have a right to 医疗救助); null where there is none. */
  readonly psnIdetType: string | null
  /** 0 the account is not used, 1 the person's own, 2 that of the family. */
  readonly acctUsedFlag: '0' | '1' | '2'
  /** The person's employer runs 企业补充; no source says who has it, so a caller that does not know leaves it out. */
  readonly hifesFlag?: '0' | '1'
  /** Personal account before this settlement. */
  readonly balance: Fen
  /** Account of the family pool (共济) that the person may use, before this settlement; zero where there is none. */
  readonly familyBalance: Fen
  /** Calendar year of `accumulators`: handing in those of another year is a fault, not a refusal. */
  readonly accumulatorYear: number
  readonly accumulators: Accumulators
  readonly lines: readonly BillLine[]
}

/** The amounts of `setlinfo`. */
export interface BenefitShares extends BillSum {
  readonly actPayDedc: Fen
  readonly hifpPay: Fen
  /** Ratio paid by the fund, in spite of the interface's name. */
  readonly poolPropSelfpay: Ratio
  readonly cvlservPay: Fen
  readonly hifesPay: Fen
  readonly hifmiPay: Fen
  readonly hifobPay: Fen
  readonly mafPay: Fen
  readonly othPay: Fen
  readonly fundPaySumamt: Fen
  readonly psnPartAmt: Fen
  readonly acctPay: Fen
  readonly acctMulaidPay: Fen
  readonly psnCashPay: Fen
  readonly hospPartAmt: Fen
  readonly balc: Fen
}

/** One row of `setldetail`: what one fund pays. */
export interface FundDetail {
  readonly fundPayType: string
  readonly inscpScpAmt: Fen
  /** What this fund could still pay before the settlement. */
  readonly crtPaybLmtAmt: Fen
  readonly fundPayamt: Fen
}

/** A piece of the base between two bounds, with its one rounding. */
export interface PaidSegment {
  readonly amount: Fen
  /** Ratio of the level and person, before the cross-city factor. */
  readonly ratio: Ratio
  /** ratio x factor as the one ratio that is applied. */
  readonly applied: Ratio
  /** The product before rounding, in yuan. */
  readonly product: string
  readonly pay: Fen
}

/** The funds of `setlinfo` in the order in which they pay. */
export type FundField = 'hifpPay' | 'hifobPay' | 'hifmiPay' | 'cvlservPay' | 'hifesPay' | 'mafPay'

/** How one fund came to its amount. */
export interface FundStep {
  readonly field: FundField
  readonly fundPayType: string
  /** In-scope amount that the fund looked at, before its own deductible. */
  readonly scope: Fen
  readonly segments: readonly PaidSegment[]
  /** What the fund could still pay this year, before this bill. */
  readonly capLeft: Fen
  readonly pay: Fen
}
