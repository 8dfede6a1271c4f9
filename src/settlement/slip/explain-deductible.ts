import { type BenefitTrace, type Care, deductibleOfStay, type Policy } from '../../benefits/index.ts'
import type { Fen } from '../../kernel/money.ts'
import { careName, percent, yuan } from './texts.ts'

/** How much of the deductible was still open before this bill, and how much of it the bill used. */
export const explainDeductible = (
  { claim }: BenefitTrace,
  care: Care,
  policy: Policy,
  used: Fen,
): readonly string[] => {
  if (care.deductibleUsed === null) return explainStay(policy, claim.accumulators.inpatientStays, used)
  const before = claim.accumulators[care.deductibleUsed]
  const open = policy.deductible > before ? policy.deductible - before : 0n
  return [
    `本年度${SHARED_CARE[claim.medType] ?? careName(claim.medType)}起付标准 ${yuan(policy.deductible)}，此前在各地已累计 ${yuan(before)}，尚余 ${yuan(open as Fen)}。`,
    `本次计入 ${yuan(used)}，由个人负担。`,
  ]
}

/** Outpatient care and purchases use up one deductible: who reads of one of them must not think that there are two. */
const SHARED_CARE: Readonly<Record<string, string>> = { '11': '门诊（含药店购药）', '41': '门诊（含药店购药）' }

const explainStay = (policy: Policy, stays: bigint, used: Fen): readonly string[] => {
  const open = deductibleOfStay(policy, stays)
  const sentences = [
    open === policy.deductible
      ? `本年度第 ${stays + 1n} 次住院，本次住院起付标准 ${yuan(open)}。`
      : `本年度第 ${stays + 1n} 次住院，起付标准由 ${yuan(policy.deductible)}降为 ${yuan(open)}${howLowered(policy)}。`,
    `本次计入 ${yuan(used)}，由个人负担。`,
  ]
  return used < open ? [...sentences, '政策范围内费用未超过起付标准，统筹基金不支付。'] : sentences
}

const howLowered = ({ laterStay }: Policy): string => {
  if (laterStay === undefined) return ''
  return 'ratio' in laterStay
    ? `（按 ${percent(laterStay.ratio)} 计）`
    : `（每次降低 ${yuan(laterStay.minus)}，最低 ${yuan(laterStay.floor)}）`
}
