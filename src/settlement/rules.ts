import {
  type Accumulators,
  addAccumulators,
  type BenefitClaim,
  type BenefitTrace,
  type BenefitVerdict,
  calculateBenefits,
  type ParameterBook,
  resettle,
} from '../benefits/index.ts'
import type { InstitutionFacts } from '../institutions/index.ts'
import { type Fen, ZERO_FEN } from '../kernel/money.ts'
import type { PersonInsurance } from './ports.ts'
import { type Bill, careDate } from './types.ts'

/** Everything that decides the amounts of one bill. */
export interface Calculation {
  readonly bill: Bill
  readonly insurance: PersonInsurance
  readonly facts: InstitutionFacts
  readonly accumulators: Accumulators
  /** Personal account; zero where the person has none. */
  readonly balance: Fen
  /** Account of the family that the person may use; zero where there is none. */
  readonly familyBalance: Fen
}

/** Hands a bill to the benefit rules: scope by the place of treatment, benefits by the insured place. */
export const calculate = (input: Calculation, book: ParameterBook): BenefitVerdict =>
  calculateBenefits(claimOf(input), book)

/** The claim as the benefit rules take it. */
export const claimOf = (input: Calculation): BenefitClaim => {
  const { bill, insurance, facts } = input
  const setlDate = careDate(bill)
  return {
    setlDate,
    insuplcAdmdvs: insurance.insuredCity,
    mdtrtareaAdmvs: bill.treatmentCity,
    insutype: insurance.insutype,
    psnType: insurance.psnType,
    medType: bill.medType,
    dedcHospLv: facts.community ? 'community' : HOSPITAL_LEVEL[facts.level],
    cvlservFlag: insurance.cvlservFlag ?? '0',
    psnIdetType: insurance.psnIdetType ?? null,
    acctUsedFlag: bill.acctUsedFlag,
    institutionKind: facts.kind,
    diseCodg: bill.diseCodg ?? null,
    balance: input.balance,
    familyBalance: input.familyBalance,
    accumulatorYear: Number(setlDate.slice(0, 4)),
    accumulators: input.accumulators,
    lines: bill.lines,
  }
}

/** Level of the register (0 = none in force) as dedc_hosp_lv. */
const HOSPITAL_LEVEL = { 0: '9', 1: '1', 2: '2', 3: '3' } as const

/** The kinds of care (med_type) that are settled here: 11 普通门诊, 14 门诊慢特病, 21 住院, 41 药店购药. */
export const MED_TYPES = ['11', '14', '21', '41'] as const

const OF_HOSPITALS: ReadonlySet<string> = new Set(['11', '14', '21'])

/** Care is given by hospitals, 定点药店购药 by pharmacies: the code itself names the kind of place. */
export const offersCare = (kind: InstitutionFacts['kind'], medType: string): boolean =>
  kind === 'hospital' ? OF_HOSPITALS.has(medType) : medType === '41'

/** clr_type 11 门诊 (慢特病 with it), 21 住院, 41 药店购药. */
export const clearingType = (medType: string): string => (medType === '14' ? '11' : medType)

/** One thing that moved the accumulators of a person's year, in order. */
export type YearEvent =
  | { readonly kind: 'opening'; readonly movements: Accumulators }
  | { readonly kind: 'settlement'; readonly id: string; readonly trace: BenefitTrace }
  /** A settlement that was taken back since. */
  | { readonly kind: 'reversed'; readonly id: string }

/** A settlement that would come out differently today. */
export interface Outdated {
  readonly resultId: string
  /** Paid by the funds above what is due; negative where they paid too little. */
  readonly overpaid: Fen
}

/** A year computed again up to some place. */
export interface Review {
  readonly accumulators: Accumulators
  readonly outdated: readonly Outdated[]
}

/**
 * Computes a person's year on as if what was reversed had never been: each settlement by its own policy, on the
 * accumulators that those before it should have left. Whatever then differs is to be settled again. Takes a year page by
 * page: hand it the review of the pages before.
 */
export const reviewYear = (so: Review, events: readonly YearEvent[]): Review => {
  const outdated = [...so.outdated]
  let accumulators = so.accumulators
  for (const event of events) {
    if (event.kind === 'opening') {
      accumulators = addAccumulators(accumulators, event.movements)
    } else if (event.kind === 'settlement') {
      const { settled, overpaid, movedOtherwise } = resettle(event.trace, accumulators)
      accumulators = addAccumulators(accumulators, settled.movements)
      if (overpaid !== ZERO_FEN || movedOtherwise) outdated.push({ resultId: event.id, overpaid })
    }
  }
  return { accumulators, outdated }
}
