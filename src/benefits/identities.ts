import assert from 'node:assert/strict'
import { type Fen, formatFen, negFen, sumFen } from '../kernel/money.ts'
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
 * program, so it throws: such amounts must never reach a bureau.
 */
export const assertIdentities = ({ shares, lines, segments, details }: Settlement): void => {
  const s = shares
  same('I1 medfee_sumamt', s.medfeeSumamt, s.fundPaySumamt, s.psnPartAmt, s.hospPartAmt)
  same('I2 fund_pay_sumamt', s.fundPaySumamt, ...fundPays(s))
  same('I3 psn_part_amt', s.psnPartAmt, s.acctPay, s.psnCashPay)
  assert(s.acctMulaidPay <= s.acctPay, 'I4 acct_mulaid_pay is part of acct_pay')
  same('I5 medfee_sumamt', s.medfeeSumamt, s.inscpScpAmt, s.fulamtOwnpayAmt, s.overlmtSelfpay, s.preselfpayAmt)
  const fundRows = details.filter((row) => row.fundPayType !== PERSONAL_ACCOUNT)
  same('I6 fund_pay_sumamt', s.fundPaySumamt, ...fundRows.map((row) => row.fundPayamt))
  same('I7 inscp_scp_amt', s.inscpScpAmt, s.actPayDedc, ...segments.map((segment) => segment.amount))
  same('I8 medfee_sumamt', s.medfeeSumamt, ...lines.map((line) => line.detItemFeeSumamt))
  same('I8 fulamt_ownpay_amt', s.fulamtOwnpayAmt, ...lines.map((line) => line.fulamtOwnpayAmt))
  same('I8 overlmt_selfpay', s.overlmtSelfpay, ...lines.map((line) => line.overlmtAmt))
  same('I8 preselfpay_amt', s.preselfpayAmt, ...lines.map((line) => line.preselfpayAmt))
  same('I8 inscp_scp_amt', s.inscpScpAmt, ...lines.map((line) => line.inscpScpAmt))
  for (const [name, value] of Object.entries(s)) assert(value >= 0n, `${name} of a settlement is never negative`)
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

const fundPays = (s: BenefitShares): readonly Fen[] => [
  s.hifpPay,
  s.hifmiPay,
  s.hifobPay,
  s.hifesPay,
  s.cvlservPay,
  s.mafPay,
  s.othPay,
]

const same = (identity: string, whole: Fen, ...parts: readonly Fen[]): void => {
  const sum = sumFen(parts)
  assert(whole === sum, `${identity}: ${formatFen(whole)} is not ${formatFen(sum)}`)
}
