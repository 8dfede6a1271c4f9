import { type Fen, formatFen, negFen } from '../kernel/money.ts'
import type { BenefitShares, FundDetail, PaidSegment, SplitLine } from './types.ts'

/** fund_pay_type of the personal account: it stands among the funds of `setldetail` but is the person's money. */
export const PERSONAL_ACCOUNT = '310200'

export interface Settlement {
  readonly shares: BenefitShares
  readonly lines: readonly SplitLine[]
  readonly segments: readonly PaidSegment[]
  readonly details: readonly FundDetail[]
}

/**
 * The identities of the national interface, checked on every settlement before it can be stored. A violated one is a fault of this
 * program, so it throws: such amounts must never reach a bureau. Plain sums: this runs for every claim.
 */
export const assertIdentities = ({ shares: s, lines, segments, details }: Settlement): void => {
  same('I1 medfee_sumamt', s.medfeeSumamt, s.fundPaySumamt + s.psnPartAmt + s.hospPartAmt)
  const funds = s.hifpPay + s.hifmiPay + s.hifobPay + s.hifesPay + s.cvlservPay + s.mafPay + s.othPay
  same('I2 fund_pay_sumamt', s.fundPaySumamt, funds)
  same('I3 psn_part_amt', s.psnPartAmt, s.acctPay + s.psnCashPay)
  if (s.acctMulaidPay > s.acctPay) throw new Error('I4 acct_mulaid_pay is part of acct_pay')
  same('I5 medfee_sumamt', s.medfeeSumamt, s.inscpScpAmt + s.fulamtOwnpayAmt + s.overlmtSelfpay + s.preselfpayAmt)
  let paid = 0n
  for (const row of details) if (row.fundPayType !== PERSONAL_ACCOUNT) paid += row.fundPayamt
  same('I6 fund_pay_sumamt', s.fundPaySumamt, paid)
  let inScope: bigint = s.actPayDedc
  for (const segment of segments) inScope += segment.amount
  same('I7 inscp_scp_amt', s.inscpScpAmt, inScope)
  assertLines(s, lines)
  for (const field of SHARE_FIELDS) if (s[field] < 0n) throw new Error(`${field} of a settlement is never negative`)
}

const assertLines = (s: BenefitShares, lines: readonly SplitLine[]): void => {
  let medfee = 0n
  let fulamt = 0n
  let overlmt = 0n
  let preselfpay = 0n
  let inscp = 0n
  for (const line of lines) {
    medfee += line.detItemFeeSumamt
    fulamt += line.fulamtOwnpayAmt
    overlmt += line.overlmtAmt
    preselfpay += line.preselfpayAmt
    inscp += line.inscpScpAmt
    const parts = line.fulamtOwnpayAmt + line.overlmtAmt + line.preselfpayAmt + line.inscpScpAmt
    same('I8 parts of a line', line.detItemFeeSumamt, parts)
  }
  same('I8 medfee_sumamt', s.medfeeSumamt, medfee)
  same('I8 fulamt_ownpay_amt', s.fulamtOwnpayAmt, fulamt)
  same('I8 overlmt_selfpay', s.overlmtSelfpay, overlmt)
  same('I8 preselfpay_amt', s.preselfpayAmt, preselfpay)
  same('I8 inscp_scp_amt', s.inscpScpAmt, inscp)
}

/** I9: every amount of a reversal is minus the original's. The ratio stays, and balc is a balance, not an amount of the settlement. */
export const assertReversal = (original: BenefitShares, reversal: BenefitShares): void => {
  for (const field of REVERSED_FIELDS) same(`I9 ${field}`, reversal[field], negFen(original[field]))
}

export const REVERSED_FIELDS = [
  'medfeeSumamt',
  'fulamtOwnpayAmt',
  'overlmtSelfpay',
  'preselfpayAmt',
  'inscpScpAmt',
  'actPayDedc',
  'hifpPay',
  'cvlservPay',
  'hifesPay',
  'hifmiPay',
  'hifobPay',
  'mafPay',
  'othPay',
  'fundPaySumamt',
  'psnPartAmt',
  'acctPay',
  'acctMulaidPay',
  'psnCashPay',
  'hospPartAmt',
] as const satisfies readonly (keyof BenefitShares)[]

/** The fields of `setlinfo` in the order in which traces keep them: new ones go to the end. */
export const SHARE_FIELDS = [...REVERSED_FIELDS, 'poolPropSelfpay', 'balc'] as const

const same = (identity: string, whole: bigint, sum: bigint): void => {
  if (whole !== sum) throw new Error(`${identity}: ${formatFen(whole as Fen)} is not ${formatFen(sum as Fen)}`)
}
