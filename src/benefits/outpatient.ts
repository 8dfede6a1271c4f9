import assert from 'node:assert/strict'
import { type Fen, subFen, ZERO_FEN } from '../kernel/money.ts'
import { type Accumulators, addAccumulators, NO_ACCUMULATORS } from './accumulators.ts'
import { type BasicFundShare, shareBasicFund } from './basic-fund.ts'
import { sumBill } from './bill-sum.ts'
import { assertIdentities, PERSONAL_ACCOUNT } from './identities.ts'
import { splitLine } from './line-split.ts'
import { payFromAccount } from './personal-account.ts'
import { type PolicyRows, readPolicy } from './policy.ts'
import { type BenefitTrace, writeTrace } from './trace.ts'
import type { BenefitClaim, BenefitShares, FundDetail, SplitLine } from './types.ts'

/** fund_pay_type of 职工门诊统筹. */
const OUTPATIENT_POOL = '310102'

export interface SettledBenefits {
  readonly refused?: never
  readonly shares: BenefitShares
  readonly lines: readonly SplitLine[]
  readonly details: readonly FundDetail[]
  /** What the settlement adds to each accumulator. */
  readonly movements: Accumulators
  readonly accumulatorsAfter: Accumulators
  /** False as long as one figure used has not been checked against its source document. */
  readonly verified: boolean
  readonly trace: BenefitTrace
}

/**
 * Settles an employee's outpatient visit or pharmacy purchase from its inputs alone. The outpatient pool has its own yearly cap, so
 * 大额 (which starts above the inpatient cap) takes no part, and the funds that would follow (civil servants, medical aid) were
 * refused before: their amounts are a true zero here.
 */
export const settleOutpatient = (claim: BenefitClaim, rows: PolicyRows): SettledBenefits => {
  assertBelongsTogether(claim)
  const policy = readPolicy(rows, claim)
  const lines = claim.lines.map(splitLine)
  const bill = sumBill(lines)
  const fund = shareBasicFund({
    inscpScpAmt: bill.inscpScpAmt,
    deductible: policy.deductible,
    deductibleUsed: claim.accumulators.outpatientDeductible,
    steps: policy.steps,
    factor: policy.factor,
    cap: policy.cap,
    paid: claim.accumulators.outpatientPaid,
  })
  const psnPartAmt = subFen(bill.medfeeSumamt, fund.hifpPay)
  const account = payFromAccount({ bill, psnPartAmt, balance: claim.balance, scope: policy.acctScope })
  const shares: BenefitShares = {
    ...bill,
    actPayDedc: fund.actPayDedc,
    hifpPay: fund.hifpPay,
    poolPropSelfpay: fund.poolPropSelfpay,
    ...NO_OTHER_FUND,
    fundPaySumamt: fund.hifpPay,
    psnPartAmt,
    acctPay: account.acctPay,
    acctMulaidPay: ZERO_FEN,
    psnCashPay: account.psnCashPay,
    hospPartAmt: ZERO_FEN,
    balc: account.balc,
  }
  const details = detailsOf(shares, fund, claim.balance)
  assertIdentities({ shares, lines, segments: fund.segments, details })

  const movements = movementsOf(shares)
  const after = addAccumulators(claim.accumulators, movements)
  return {
    shares,
    lines,
    details,
    movements,
    accumulatorsAfter: after,
    verified: [...rows.values()].every((row) => row.verified),
    trace: writeTrace({ claim, rows, policy, fund, after, shares }),
  }
}

const NO_OTHER_FUND = {
  cvlservPay: ZERO_FEN,
  hifesPay: ZERO_FEN,
  hifmiPay: ZERO_FEN,
  hifobPay: ZERO_FEN,
  mafPay: ZERO_FEN,
  othPay: ZERO_FEN,
} as const

/** 执行就医地目录, 参保地待遇: a caller that mixed up the two places or the years must not get an answer. */
const assertBelongsTogether = (claim: BenefitClaim): void => {
  assert(
    claim.lines.every((line) => line.terms.admdvs === claim.mdtrtareaAdmvs),
    'the scope of every line comes from the catalogue of the place of treatment',
  )
  assert(
    claim.setlDate.startsWith(`${claim.accumulatorYear}-`),
    'the accumulators are those of the year of the settlement date',
  )
}

const detailsOf = (shares: BenefitShares, fund: BasicFundShare, balance: Fen): readonly FundDetail[] => {
  const pool = {
    fundPayType: OUTPATIENT_POOL,
    inscpScpAmt: shares.inscpScpAmt,
    crtPaybLmtAmt: fund.capLeft,
    fundPayamt: shares.hifpPay,
  }
  if (shares.acctPay === 0n) return [pool]
  const account = {
    fundPayType: PERSONAL_ACCOUNT,
    inscpScpAmt: shares.inscpScpAmt,
    crtPaybLmtAmt: balance,
    fundPayamt: shares.acctPay,
  }
  return [pool, account]
}

const movementsOf = (shares: BenefitShares): Accumulators => ({
  ...NO_ACCUMULATORS,
  outpatientDeductible: shares.actPayDedc,
  outpatientPaid: shares.hifpPay,
  inScopeBurden: subFen(shares.inscpScpAmt, shares.fundPaySumamt),
})
