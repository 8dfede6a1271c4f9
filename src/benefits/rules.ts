import { type Fen, subFen } from '../kernel/money.ts'
import type { Accumulators } from './accumulators.ts'
import { type SettledBenefits, settleOutpatient } from './outpatient.ts'
import type { ParameterBook } from './parameter-book.ts'
import { type BenefitRefusal, findPolicy } from './policy.ts'
import { type BenefitTrace, readShares, readTracedClaim, readTracedRows } from './trace.ts'
import type { BenefitClaim } from './types.ts'

export interface RefusedBenefits {
  readonly refused: readonly BenefitRefusal[]
}

/** A verdict: the amounts, or every reason why there are none. */
export type BenefitVerdict = SettledBenefits | RefusedBenefits

/**
 * Computes the benefits of a claim by the policy in force on its settlement date. Pure: the same claim and book give the same fen.
 * Whatever cannot be computed is refused by name; nothing missing is ever taken for zero.
 */
export const calculateBenefits = (claim: BenefitClaim, book: ParameterBook): BenefitVerdict => {
  const refused = unsupported(claim)
  if (refused.length > 0) return { refused }
  const { rows, missing } = findPolicy(claim, book.on(claim.setlDate))
  if (missing.length > 0) return { refused: missing }
  return settleOutpatient(claim, rows)
}

/** Computes a settlement again from its trace alone: no table, no book. */
export const replay = (trace: BenefitTrace): SettledBenefits =>
  settleOutpatient(readTracedClaim(trace), readTracedRows(trace))

/** What a settlement would have been had the accumulators stood elsewhere, under the policy it was made by. */
export interface Resettled {
  readonly settled: SettledBenefits
  /** Paid by the funds above what is due now; negative where they paid too little. */
  readonly overpaid: Fen
}

/**
 * After an earlier settlement of the same person and year was reversed, a later one that read those accumulators is computed again
 * as if the earlier had not been. It is only flagged with the difference: an operator decides.
 */
export const resettle = (trace: BenefitTrace, accumulators: Accumulators): Resettled => {
  const settled = settleOutpatient({ ...readTracedClaim(trace), accumulators }, readTracedRows(trace))
  return { settled, overpaid: subFen(readShares(trace.shares).fundPaySumamt, settled.shares.fundPaySumamt) }
}

/** 职工 (310): ordinary outpatient care and pharmacy purchases draw on one pool and share its accumulators. */
const OUTPATIENT_CARE: Readonly<Record<string, readonly string[]>> = { '310': ['11', '41'] }

/** psn_idet_type with a right to 医疗救助. */
const MEDICAL_AID = /^230[1-8]$/

const unsupported = (claim: BenefitClaim): readonly BenefitRefusal[] => {
  const reasons: BenefitRefusal[] = []
  const refuse = (benefit: (BenefitRefusal & { code: 'benefit-unsupported' })['benefit']) =>
    reasons.push({ code: 'benefit-unsupported', benefit })
  if (claim.lines.length === 0) reasons.push({ code: 'bill-empty' })
  if (!OUTPATIENT_CARE[claim.insutype]?.includes(claim.medType)) refuse('insurance')
  if (claim.cvlservFlag === '1') refuse('civil-servant')
  if (claim.psnIdetType !== null && MEDICAL_AID.test(claim.psnIdetType)) refuse('medical-aid')
  if (claim.acctUsedFlag === '2') refuse('family-account')
  return reasons
}
