export {
  ACCUMULATOR_KINDS,
  type AccumulatorKind,
  type Accumulators,
  addAccumulators,
  NO_ACCUMULATORS,
  negAccumulators,
  sameAccumulators,
} from './accumulators.ts'
export { assertIdentities, assertReversal, PERSONAL_ACCOUNT } from './identities.ts'
export { inScopeLine, splitLine } from './line-split.ts'
export type { SettledBenefits } from './outpatient.ts'
export { createParameterBook, type ParameterBook, type ParameterKey, type PolicyDay } from './parameter-book.ts'
export type { ParameterItem, ParameterRow, ParameterValue } from './parameters.ts'
export { type BenefitRefusal } from './policy.ts'
export { type ReversibleBenefits, reverseBenefits } from './reversal.ts'
export {
  type BenefitVerdict,
  calculateBenefits,
  type RefusedBenefits,
  type Resettled,
  replay,
  resettle,
} from './rules.ts'
export { SAMPLE_PARAMETERS } from './sample-parameters.ts'
export { loadParameterBook, seedSampleParameters } from './seed.ts'
export { loadParameters, type ParameterFilter } from './store.ts'
export {
  type BenefitTrace,
  readAccumulators,
  readShares,
  writeAccumulators,
  writeShares,
} from './trace.ts'
export type {
  BenefitClaim,
  BenefitShares,
  BillLine,
  BillSum,
  ChargeItemLevel,
  FundDetail,
  LineTerms,
  SplitLine,
} from './types.ts'
