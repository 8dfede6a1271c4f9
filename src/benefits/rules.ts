import { type Fen, subFen } from '../kernel/money.ts'
import { type Accumulators, sameAccumulators } from './accumulators.ts'
import { careOf } from './care.ts'
import type { ParameterBook } from './parameter-book.ts'
import { personClass } from './person-class.ts'
import { type ParameterMissing, type PolicyQuestion, readPolicy } from './policy.ts'
import { type SettledBenefits, settleClaim } from './settle.ts'
import type { BenefitTrace } from './trace.ts'
import type { BenefitClaim } from './types.ts'

/** Why a claim is not settled. Each names what is needed, so that an operator can supply it. */
export type BenefitRefusal =
  | ParameterMissing
  /** A kind of care (med_type) or insurance that has no rules here. */
  | { readonly code: 'benefit-unsupported'; readonly benefit: 'insurance' }
  | { readonly code: 'person-type-unknown'; readonly psnType: string }
  /** 门诊慢特病 without the disease whose figures apply. */
  | { readonly code: 'disease-missing' }
  | { readonly code: 'bill-empty' }

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
  const psnClass = personClass(claim.psnType)
  const refused = unsupported(claim, psnClass)
  if (refused.length > 0 || psnClass === undefined) return { refused }
  return settleClaim(claim, (aboveCap) => book.policy(questionOf(claim, psnClass, aboveCap), claim.setlDate))
}

/** Computes a settlement again from its trace alone: no table, no book. */
export const replay = (trace: BenefitTrace): SettledBenefits => settleTraced(trace, trace.claim)

/** What a settlement would have been had the accumulators stood elsewhere, under the policy it was made by. */
export interface Resettled {
  readonly settled: SettledBenefits
  /** Paid by the funds above what is due now; negative where they paid too little. */
  readonly overpaid: Fen
  /** It would have moved the accumulators otherwise than it did. */
  readonly movedOtherwise: boolean
}

/**
 * After an earlier settlement of the same person and year was reversed, a later one that read those accumulators is computed again
 * as if the earlier had not been. It is only flagged with the difference: an operator decides.
 */
export const resettle = (trace: BenefitTrace, accumulators: Accumulators): Resettled => {
  const settled = settleTraced(trace, { ...trace.claim, accumulators })
  return {
    settled,
    overpaid: subFen(trace.shares.fundPaySumamt, settled.shares.fundPaySumamt),
    movedOtherwise: !sameAccumulators(settled.movements, trace.movements),
  }
}

const settleTraced = (trace: BenefitTrace, claim: BenefitClaim): SettledBenefits => {
  const policy = readPolicy(trace.rows, claim.mdtrtareaAdmvs)
  const settled = settleClaim(claim, (aboveCap) => {
    // A reversal only frees what was used, so no settlement that stayed below the cap comes above it by one.
    if (aboveCap && policy.hifob === undefined) throw new TypeError('no figure for hifob_ratio')
    return policy
  })
  return settled as SettledBenefits
}

/** psn_idet_type with a right to 医疗救助. */
const MEDICAL_AID = /^230[1-8]$/

const questionOf = (claim: BenefitClaim, psnClass: string, aboveCap: boolean): PolicyQuestion => ({
  city: claim.insuplcAdmdvs,
  treatmentCity: claim.mdtrtareaAdmvs,
  insutype: claim.insutype,
  psnClass,
  medType: claim.medType,
  // A pharmacy has no hospital level; its figures stand under its own name.
  hospLv: claim.institutionKind === 'pharmacy' ? 'pharmacy' : claim.dedcHospLv,
  diseCodg: claim.medType === CHRONIC ? claim.diseCodg : null,
  laterStay: claim.medType === STAY && claim.accumulators.inpatientStays > 0n,
  aboveCap,
  account: claim.acctUsedFlag !== '0',
  civilServant: claim.cvlservFlag === '1',
  supplement: claim.hifesFlag === '1',
  aid: claim.psnIdetType !== null && MEDICAL_AID.test(claim.psnIdetType) ? claim.psnIdetType : null,
})

const CHRONIC = '14'
const STAY = '21'

const unsupported = (claim: BenefitClaim, psnClass: string | undefined): readonly BenefitRefusal[] => {
  const reasons: BenefitRefusal[] = []
  if (claim.lines.length === 0) reasons.push({ code: 'bill-empty' })
  if (careOf(claim.insutype, claim.medType) === undefined) {
    reasons.push({ code: 'benefit-unsupported', benefit: 'insurance' })
  }
  if (psnClass === undefined) reasons.push({ code: 'person-type-unknown', psnType: claim.psnType })
  if (claim.medType === CHRONIC && claim.diseCodg === null) reasons.push({ code: 'disease-missing' })
  return reasons
}
