import { addFen, type Fen, subFen, ZERO_FEN } from '../kernel/money.ts'
import type { FundPolicy, Policy } from './policy-types.ts'
import { paySupplement } from './supplement.ts'
import type { BenefitClaim, FundField, FundStep } from './types.ts'
import { payByTiers } from './yearly-tiers.ts'

export interface AfterBasicInput {
  readonly claim: Pick<BenefitClaim, 'accumulators'>
  readonly policy: Policy
  readonly inScope: Fen
  readonly hifpPay: Fen
  /** In-scope amount above the yearly cap. */
  readonly aboveCap: Fen
}

/** The funds after the basic one, with what they leave. */
export interface AfterBasic {
  readonly hifobPay: Fen
  readonly hifmiPay: Fen
  readonly cvlservPay: Fen
  readonly hifesPay: Fen
  readonly mafPay: Fen
  readonly steps: readonly FundStep[]
  /** In-scope amount that 基本 and 大额 leave: what 大病 adds to the burden of the year. */
  readonly burden: Fen
  readonly aidDeductible: Fen
  /** In-scope amount left to the person in the end. */
  readonly left: Fen
}

/** fund_pay_type of each. */
const FUND_PAY_TYPE = {
  hifobPay: '330100',
  hifmiPay: '390200',
  cvlservPay: '320100',
  hifesPay: '370100',
  mafPay: '610100',
} as const satisfies Partial<Record<FundField, string>>

/**
 * 大额, 大病, 公务员, 企业补充, 医疗救助, each on what those before it left. The order follows the description of the interface's
 * fields and is unverified. A fund for which the claim has no figures takes no part: whether it must was decided when they were looked up.
 */
export const payFundsAfterBasic = ({ claim, policy, inScope, hifpPay, aboveCap }: AfterBasicInput): AfterBasic => {
  const used = claim.accumulators
  const steps: FundStep[] = []
  let left = subFen(inScope, hifpPay)

  let hifobPay = ZERO_FEN
  if (policy.hifob !== undefined && aboveCap > 0n) {
    const share = payByTiers(policy.hifob, used.aboveCap, addFen(used.aboveCap, aboveCap), used.largeAmountPaid)
    steps.push(stepOf('hifobPay', aboveCap, share))
    hifobPay = share.pay
    left = subFen(left, hifobPay)
  }

  const burden = left
  let hifmiPay = ZERO_FEN
  if (policy.hifmi !== undefined) {
    const after = addFen(used.inScopeBurden, burden)
    const share = payByTiers(policy.hifmi, used.inScopeBurden, after, used.seriousIllnessPaid)
    steps.push(stepOf('hifmiPay', burden, share))
    hifmiPay = share.pay
    left = subFen(left, hifmiPay)
  }

  const supplement = (
    field: 'cvlservPay' | 'hifesPay' | 'mafPay',
    fund: FundPolicy | undefined,
    deductibleUsed: Fen,
    paid: Fen,
  ) => {
    if (fund === undefined) return NOTHING
    const share = paySupplement(fund, left, deductibleUsed, paid)
    steps.push(stepOf(field, left, share))
    left = subFen(left, share.pay)
    return share
  }
  const cvlservPay = supplement('cvlservPay', policy.cvlserv, ZERO_FEN, used.civilServantPaid).pay
  const hifesPay = supplement('hifesPay', policy.hifes, ZERO_FEN, used.supplementPaid).pay
  const aid = supplement('mafPay', policy.maf, used.medicalAidDeductible, used.medicalAidPaid)
  return {
    hifobPay,
    hifmiPay,
    cvlservPay,
    hifesPay,
    mafPay: aid.pay,
    steps,
    burden,
    aidDeductible: aid.deductibleUsed,
    left,
  }
}

const NOTHING = { pay: ZERO_FEN, deductibleUsed: ZERO_FEN } as const

const stepOf = (
  field: keyof typeof FUND_PAY_TYPE,
  scope: Fen,
  share: Pick<FundStep, 'segments' | 'capLeft' | 'pay'>,
): FundStep => ({
  field,
  fundPayType: FUND_PAY_TYPE[field],
  scope,
  segments: share.segments,
  capLeft: share.capLeft,
  pay: share.pay,
})
