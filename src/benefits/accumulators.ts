import { addFen, type Fen, negFen, ZERO_FEN } from '../kernel/money.ts'

/**
 * What one person, insured city, calendar year and insurance has used so far; visits in every city count. The order is the order of
 * storage: new kinds are added at the end. All are amounts in fen but `inpatientStays`, a count that runs along as a bigint.
 */
export const ACCUMULATOR_KINDS = [
  'outpatientDeductible',
  'outpatientPaid',
  /** Admissions settled this year: a count, not fen. */
  'inpatientStays',
  'inpatientPaid',
  /** In-scope amounts left to the person by 基本 and 大额: the yearly burden on which 大病 looks. */
  'inScopeBurden',
  /** 大病 (hifmi). */
  'seriousIllnessPaid',
  /** 大额 (hifob). */
  'largeAmountPaid',
  /** 医疗救助 (maf). */
  'medicalAidPaid',
  /** In-scope amounts above the yearly cap of the basic fund, on which 大额 looks. */
  'aboveCap',
  'medicalAidDeductible',
  /** 公务员 (cvlserv). */
  'civilServantPaid',
  /** 企业补充 (hifes). */
  'supplementPaid',
  /** 门诊慢特病 (med_type 14). */
  'chronicDeductible',
  'chronicPaid',
] as const

export type AccumulatorKind = (typeof ACCUMULATOR_KINDS)[number]
export type Accumulators = Readonly<Record<AccumulatorKind, Fen>>

/** Written out, not looped: settlement adds these for every claim, and a literal keeps one hidden class. */
export const NO_ACCUMULATORS: Accumulators = {
  outpatientDeductible: ZERO_FEN,
  outpatientPaid: ZERO_FEN,
  inpatientStays: ZERO_FEN,
  inpatientPaid: ZERO_FEN,
  inScopeBurden: ZERO_FEN,
  seriousIllnessPaid: ZERO_FEN,
  largeAmountPaid: ZERO_FEN,
  medicalAidPaid: ZERO_FEN,
  aboveCap: ZERO_FEN,
  medicalAidDeductible: ZERO_FEN,
  civilServantPaid: ZERO_FEN,
  supplementPaid: ZERO_FEN,
  chronicDeductible: ZERO_FEN,
  chronicPaid: ZERO_FEN,
}

export const addAccumulators = (a: Accumulators, b: Accumulators): Accumulators => {
  const sum = { ...a }
  for (const kind of ACCUMULATOR_KINDS) sum[kind] = addFen(a[kind], b[kind])
  return sum
}

export const negAccumulators = (a: Accumulators): Accumulators => {
  const negated = { ...a }
  for (const kind of ACCUMULATOR_KINDS) negated[kind] = negFen(a[kind])
  return negated
}

export const sameAccumulators = (a: Accumulators, b: Accumulators): boolean =>
  ACCUMULATOR_KINDS.every((kind) => a[kind] === b[kind])
