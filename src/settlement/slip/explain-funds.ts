import type { BenefitTrace, Care, FundStep, PaidSegment, Policy, SettledBenefits } from '../../benefits/index.ts'
import { addFen, type Fen, subFen, sumFen } from '../../kernel/money.ts'
import { FUND_PARTS, fundName, percent, yuan } from './texts.ts'
import type { SlipPart } from './types.ts'

/** What a fund pays and how it came to it. The basic fund is told of also where it pays nothing. */
export const fundParts = (settled: SettledBenefits, care: Care, policy: Policy): readonly SlipPart[] =>
  settled.funds
    .filter((step) => step.pay !== 0n || step.field === 'hifpPay')
    .map((step) => ({
      code: FUND_PARTS[step.field],
      bearer: 'fund',
      label: `${fundName(step.fundPayType)}支付`,
      amount: step.pay,
      why: [
        ...baseOf(step, settled, policy),
        ...step.segments.flatMap(segmentText),
        ...capOf(step, settled.trace, care, policy),
      ],
      items: [],
    }))

/** The amount that the fund looks at. */
const baseOf = (step: FundStep, { shares, trace, movements }: SettledBenefits, policy: Policy): readonly string[] => {
  const used = trace.claim.accumulators
  switch (step.field) {
    case 'hifpPay':
      return [explainBase(shares.inscpScpAmt, shares.actPayDedc)]
    case 'hifobPay':
      return [`超过基本医疗保险年度最高支付限额的政策范围内费用为 ${yuan(step.scope)}。`]
    case 'hifmiPay':
      return [
        `本年度政策范围内个人负担由 ${yuan(used.inScopeBurden)}增至 ${yuan(addFen(used.inScopeBurden, step.scope))}，超过起付标准 ${yuan(policy.hifmi?.deductible ?? step.scope)}的部分分段支付。`,
      ]
    case 'cvlservPay':
    case 'hifesPay':
      return [`以上各项支付后，政策范围内个人负担为 ${yuan(step.scope)}。`]
    case 'mafPay':
      return [
        `以上各项支付后，政策范围内个人负担为 ${yuan(step.scope)}，救助起付标准本次计入 ${yuan(movements.medicalAidDeductible)}。`,
      ]
  }
}

const explainBase = (inScope: Fen, deductible: Fen): string => {
  if (inScope === 0n) return '没有政策范围内的费用，统筹基金不支付。'
  if (inScope === deductible) return `政策范围内费用 ${yuan(inScope)}，未超过起付标准，统筹基金不支付。`
  return deductible === 0n
    ? `政策范围内费用 ${yuan(inScope)}，全部按比例支付。`
    : `政策范围内费用 ${yuan(inScope)}，减去起付标准 ${yuan(deductible)}，按比例支付的部分为 ${yuan(subFen(inScope, deductible))}。`
}

const segmentText = (segment: PaidSegment): readonly string[] => {
  if (segment.amount === 0n) return []
  const sum = `${yuan(segment.amount)} × ${percent(segment.applied)} = ${yuan(segment.pay)}`
  return [
    segment.applied === segment.ratio ? `${sum}。` : `${sum}（支付比例 ${percent(segment.ratio)}，按就医地系数折算）。`,
  ]
}

const capOf = (step: FundStep, trace: BenefitTrace, care: Care, policy: Policy): readonly string[] => {
  const due = sumFen(step.segments.map((segment) => segment.pay))
  if (due <= step.capLeft) return []
  const limit = step.field === 'hifpPay' ? limitText(policy.cap, trace.claim.accumulators[care.paid]) : '本年度'
  return [`${limit}尚可支付 ${yuan(step.capLeft)}，低于应支付的 ${yuan(due)}，本次支付至限额为止。`]
}

const limitText = (cap: Fen, paid: Fen): string => `本年度最高支付限额 ${yuan(cap)}，此前已支付 ${yuan(paid)}，`
