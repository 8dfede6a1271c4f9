export {
  ACCUMULATOR_KINDS,
  type AccumulatorKind,
  type Accumulators,
  addAccumulators,
  NO_ACCUMULATORS,
} from './accumulators.ts'
export { readAccumulators, readShares, writeAccumulators, writeShares } from './amounts-text.ts'
export { type Care, careOf } from './care.ts'
export { deductibleOfStay } from './deductible.ts'
export {
  figureText,
  type ParameterDifference,
  type ParameterDifferences,
  parameterDifferences,
} from './differences.ts'
export { GoldenFileError } from './golden/fields.ts'
export { type GoldenResult, runGoldenCases } from './golden/run-cases.ts'
export { assertIdentities, assertReversal, PERSONAL_ACCOUNT } from './identities.ts'
export { importParameters, type PlannedParameter } from './import-parameters.ts'
export { inScopeLine, splitLine } from './line-split.ts'
export { createParameterBook, type ParameterBook, type PolicyDay } from './parameter-book.ts'
export type { ParameterItem, ParameterKey, ParameterRow, ParameterValue } from './parameters.ts'
export { personClass } from './person-class.ts'
export { readPolicy } from './policy.ts'
export type { Policy } from './policy-types.ts'
export { setlProcInfo } from './proc-info.ts'
export { ParameterFileError } from './read-parameter-file.ts'
export { type ReversibleBenefits, reverseBenefits } from './reversal.ts'
export {
  type BenefitRefusal,
  type BenefitVerdict,
  calculateBenefits,
  type RefusedBenefits,
  type Resettled,
  replay,
  resettle,
} from './rules.ts'
export { SAMPLE_PARAMETERS } from './sample-parameters.ts'
export { loadParameterBook, seedSampleParameters } from './seed.ts'
export type { SettledBenefits } from './settle.ts'
export { loadParameters, type ParameterFilter } from './store.ts'
export type { BenefitTrace } from './trace.ts'
export { decodeTrace, encodeTrace } from './trace-text.ts'
export type {
  BenefitClaim,
  BenefitShares,
  BillLine,
  BillSum,
  ChargeItemLevel,
  FundDetail,
  FundField,
  FundStep,
  LineTerms,
  PaidSegment,
  SplitLine,
} from './types.ts'
