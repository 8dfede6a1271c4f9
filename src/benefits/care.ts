import type { AccumulatorKind } from './accumulators.ts'

/** How one kind of care is paid: from which pool, and which accumulators hold its deductible and its cap. */
export interface Care {
  readonly fundPayType: string
  /** null: the deductible is of a stay, not of a year. */
  readonly deductibleUsed: AccumulatorKind | null
  readonly paid: AccumulatorKind
}

/**
 * fund_pay_type 310102/390102 are the outpatient pools, 310100/390100 the pooled basic funds. That 门诊慢特病 is paid by the latter,
 * with accumulators of its own, is a reading: no source gives its rules.
 */
const OUTPATIENT = { deductibleUsed: 'outpatientDeductible', paid: 'outpatientPaid' } as const
const CHRONIC = { deductibleUsed: 'chronicDeductible', paid: 'chronicPaid' } as const
const STAY = { deductibleUsed: null, paid: 'inpatientPaid' } as const

/** insutype, then med_type: 11 普通门诊, 14 门诊慢特病, 21 住院, 41 药店购药. Purchases share the outpatient pool. */
const CARE: Readonly<Record<string, Readonly<Record<string, Care>>>> = {
  '310': {
    '11': { fundPayType: '310102', ...OUTPATIENT },
    '14': { fundPayType: '310100', ...CHRONIC },
    '21': { fundPayType: '310100', ...STAY },
    '41': { fundPayType: '310102', ...OUTPATIENT },
  },
  '390': {
    '11': { fundPayType: '390102', ...OUTPATIENT },
    '14': { fundPayType: '390100', ...CHRONIC },
    '21': { fundPayType: '390100', ...STAY },
    '41': { fundPayType: '390102', ...OUTPATIENT },
  },
}

export const careOf = (insutype: string, medType: string): Care | undefined =>
  Object.hasOwn(CARE, insutype) && Object.hasOwn(CARE[insutype] as object, medType)
    ? CARE[insutype]?.[medType]
    : undefined
