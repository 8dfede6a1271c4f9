import type { AccumulatorKind } from '../accumulators.ts'
import { SHARE_FIELDS } from '../identities.ts'
import type { BenefitShares } from '../types.ts'

/** `before` and `expect.after` of a case, with the accumulator each names. */
export const ACCUMULATOR_NAMES: Readonly<Record<string, AccumulatorKind>> = {
  outpatient_deductible_used: 'outpatientDeductible',
  outpatient_fund_paid: 'outpatientPaid',
  stays: 'inpatientStays',
  inpatient_fund_paid: 'inpatientPaid',
  burden: 'inScopeBurden',
  serious_illness_paid: 'seriousIllnessPaid',
  large_amount_paid: 'largeAmountPaid',
  above_cap: 'aboveCap',
  medical_aid_paid: 'medicalAidPaid',
  medical_aid_deductible_used: 'medicalAidDeductible',
  civil_servant_paid: 'civilServantPaid',
  supplement_paid: 'supplementPaid',
  chronic_deductible_used: 'chronicDeductible',
  chronic_fund_paid: 'chronicPaid',
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Amounts of setlinfo by their names in the interface. `overlmt_amt` is the line's name of the same part. */
export const SHARE_NAMES: Readonly<Record<string, keyof BenefitShares>> = {
  ...Object.fromEntries(SHARE_FIELDS.map((field) => [snake(field), field])),
  overlmt_amt: 'overlmtSelfpay',
}
