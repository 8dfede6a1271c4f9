import assert from 'node:assert/strict'
import { type Fen, subFen, ZERO_FEN } from '../kernel/money.ts'
import { type Accumulators, addAccumulators, NO_ACCUMULATORS } from './accumulators.ts'
import { type BasicFundShare, shareBasicFund } from './basic-fund.ts'
import { sumBill } from './bill-sum.ts'
import { type Care, careOf } from './care.ts'
import { deductibleOfStay } from './deductible.ts'
import { payFundsAfterBasic } from './funds-after-basic.ts'
import { assertIdentities, PERSONAL_ACCOUNT } from './identities.ts'
import { amountAboveCap } from './large-amount.ts'
import { splitLine } from './line-split.ts'
import { type AccountShare, payFromAccount } from './personal-account.ts'
import type { ParameterMissing, PolicyFinding } from './policy.ts'
import type { Policy } from './policy-types.ts'
import type { BenefitTrace } from './trace.ts'
import type { BenefitClaim, BenefitShares, BillSum, FundDetail, FundStep, PaidSegment, SplitLine } from './types.ts'

export interface SettledBenefits {
  readonly refused?: never
  readonly shares: BenefitShares
  readonly lines: readonly SplitLine[]
  /** Pieces of the base of the basic fund. */
  readonly segments: readonly PaidSegment[]
  /** Each fund that took part, in the order of paying. */
  readonly funds: readonly FundStep[]
  readonly details: readonly FundDetail[]
  /** What the settlement adds to each accumulator. */
  readonly movements: Accumulators
  readonly accumulatorsAfter: Accumulators
  /** False as long as one figure used has not been checked against its source document. */
  readonly verified: boolean
  readonly trace: BenefitTrace
}

/** The figures for this claim, without or with those needed only above the yearly cap. */
export type AskPolicy = (aboveCap: boolean) => PolicyFinding

/** Settles a claim from its inputs and the policy alone, or says which figures are missing. */
export const settleClaim = (
  claim: BenefitClaim,
  ask: AskPolicy,
): SettledBenefits | { readonly refused: readonly ParameterMissing[] } => {
  assertBelongsTogether(claim)
  const care = careOf(claim.insutype, claim.medType)
  assert(care !== undefined, 'a claim of a kind of care that is not covered was refused before')
  const found = ask(false)
  if ('missing' in found) return { refused: found.missing }

  const lines = claim.lines.map(splitLine)
  const bill = sumBill(lines)
  const basic = shareBasicFund(basicInput(claim, care, found, bill))
  const aboveCap = hasLargeAmount(claim) ? amountAboveCap(basic) : ZERO_FEN
  const policy = aboveCap > 0n ? ask(true) : found
  if ('missing' in policy) return { refused: policy.missing }
  return compose(claim, care, policy, { lines, bill, basic, aboveCap })
}

/** 大额 covers what the stays of 职工 cost above the cap; the outpatient pool has a cap of its own and no such cover. */
const hasLargeAmount = (claim: BenefitClaim): boolean => claim.insutype === '310' && claim.medType === '21'

const basicInput = (claim: BenefitClaim, care: Care, policy: Policy, bill: BillSum) => ({
  inscpScpAmt: bill.inscpScpAmt,
  deductible:
    care.deductibleUsed === null ? deductibleOfStay(policy, claim.accumulators.inpatientStays) : policy.deductible,
  deductibleUsed: care.deductibleUsed === null ? ZERO_FEN : claim.accumulators[care.deductibleUsed],
  steps: policy.steps,
  factor: policy.factor,
  cap: policy.cap,
  paid: claim.accumulators[care.paid],
})

interface Worked {
  readonly lines: readonly SplitLine[]
  readonly bill: BillSum
  readonly basic: BasicFundShare
  readonly aboveCap: Fen
}

const compose = (claim: BenefitClaim, care: Care, policy: Policy, worked: Worked): SettledBenefits => {
  const { lines, bill, basic, aboveCap } = worked
  const after = payFundsAfterBasic({ claim, policy, inScope: bill.inscpScpAmt, hifpPay: basic.hifpPay, aboveCap })
  const fundPaySumamt = subFen(bill.inscpScpAmt, after.left)
  const psnPartAmt = subFen(bill.medfeeSumamt, fundPaySumamt)
  const account = payFromAccount({ bill, psnPartAmt, claim, scope: policy.acctScope })
  const shares: BenefitShares = {
    medfeeSumamt: bill.medfeeSumamt,
    fulamtOwnpayAmt: bill.fulamtOwnpayAmt,
    overlmtSelfpay: bill.overlmtSelfpay,
    preselfpayAmt: bill.preselfpayAmt,
    inscpScpAmt: bill.inscpScpAmt,
    actPayDedc: basic.actPayDedc,
    hifpPay: basic.hifpPay,
    poolPropSelfpay: basic.poolPropSelfpay,
    cvlservPay: after.cvlservPay,
    hifesPay: after.hifesPay,
    hifmiPay: after.hifmiPay,
    hifobPay: after.hifobPay,
    mafPay: after.mafPay,
    othPay: ZERO_FEN,
    fundPaySumamt,
    psnPartAmt,
    acctPay: account.acctPay,
    acctMulaidPay: account.acctMulaidPay,
    psnCashPay: account.psnCashPay,
    hospPartAmt: ZERO_FEN,
    balc: account.balc,
  }
  const funds = [basicStep(care, bill, basic), ...after.steps]
  const details = detailsOf(bill, funds, account)
  assertIdentities({ shares, lines, segments: basic.segments, details })

  const movements = movementsOf(care, shares, after, aboveCap)
  return {
    shares,
    lines,
    segments: basic.segments,
    funds,
    details,
    movements,
    accumulatorsAfter: addAccumulators(claim.accumulators, movements),
    verified: policy.verified,
    trace: { claim, rows: policy.rows, shares, movements },
  }
}

/** 执行就医地目录, 参保地待遇: a caller that mixed up the two places or the years must not get an answer. */
const assertBelongsTogether = (claim: BenefitClaim): void => {
  for (const line of claim.lines) {
    assert(
      line.terms.admdvs === claim.mdtrtareaAdmvs,
      'the scope of every line comes from the catalogue of the place of treatment',
    )
  }
  assert(
    claim.setlDate.startsWith(`${claim.accumulatorYear}-`),
    'the accumulators are those of the year of the settlement date',
  )
}

const basicStep = (care: Care, bill: BillSum, basic: BasicFundShare): FundStep => ({
  field: 'hifpPay',
  fundPayType: care.fundPayType,
  scope: bill.inscpScpAmt,
  segments: basic.segments,
  capLeft: basic.capLeft,
  pay: basic.hifpPay,
})

/** The basic fund always has its row; another fund and the account only where they paid. */
const detailsOf = (bill: BillSum, funds: readonly FundStep[], account: AccountShare): readonly FundDetail[] => {
  const details: FundDetail[] = []
  for (const fund of funds) {
    if (fund.pay === 0n && fund.field !== 'hifpPay') continue
    details.push({
      fundPayType: fund.fundPayType,
      inscpScpAmt: fund.scope,
      crtPaybLmtAmt: fund.capLeft,
      fundPayamt: fund.pay,
    })
  }
  if (account.acctPay > 0n) {
    details.push({
      fundPayType: PERSONAL_ACCOUNT,
      inscpScpAmt: bill.inscpScpAmt,
      crtPaybLmtAmt: account.before,
      fundPayamt: account.acctPay,
    })
  }
  return details
}

const movementsOf = (
  care: Care,
  shares: BenefitShares,
  after: ReturnType<typeof payFundsAfterBasic>,
  aboveCap: Fen,
): Accumulators => {
  const movements = { ...NO_ACCUMULATORS }
  if (care.deductibleUsed === null) movements.inpatientStays = 1n as Fen
  else movements[care.deductibleUsed] = shares.actPayDedc
  movements[care.paid] = shares.hifpPay
  movements.inScopeBurden = after.burden
  movements.aboveCap = aboveCap
  movements.largeAmountPaid = shares.hifobPay
  movements.seriousIllnessPaid = shares.hifmiPay
  movements.civilServantPaid = shares.cvlservPay
  movements.supplementPaid = shares.hifesPay
  movements.medicalAidPaid = shares.mafPay
  movements.medicalAidDeductible = after.aidDeductible
  return movements
}
