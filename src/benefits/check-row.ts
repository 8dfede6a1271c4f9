import { isDate } from '../kernel/time.ts'
import { readAmount, readCap, readFactor, readLaterStay, readOutsideFactors, readScope, readSteps } from './figures.ts'
import type { ParameterItem, ParameterRow, ParameterValue } from './parameters.ts'

/** Throws where a row is malformed, so that a fault in policy data stops the loading and not a patient's settlement. */
export const checkRow = (row: ParameterRow): void => {
  if (!isDate(row.effectiveFrom) || (row.effectiveTo !== null && !isDate(row.effectiveTo))) {
    throw new TypeError(`parameter ${row.id} has no proper dates`)
  }
  if (!Object.hasOwn(CHECKS, row.item)) throw new TypeError(`parameter ${row.id} is about an unknown item`)
  if (row.value === null) return
  try {
    CHECKS[row.item](row.value)
  } catch (cause) {
    throw new TypeError(`parameter ${row.id} is malformed`, { cause })
  }
}

const CHECKS: Readonly<Record<ParameterItem, (value: ParameterValue) => unknown>> = {
  deductible: readAmount,
  later_stay: readLaterStay,
  ratio: readSteps,
  cap: readCap,
  hifob_ratio: readSteps,
  hifob_cap: readCap,
  hifmi_deductible: readAmount,
  hifmi_ratio: readSteps,
  hifmi_cap: readCap,
  cvlserv_ratio: readSteps,
  cvlserv_cap: readCap,
  hifes_ratio: readSteps,
  hifes_cap: readCap,
  maf_deductible: readAmount,
  maf_ratio: readSteps,
  maf_cap: readCap,
  cross_city_factor: (value) => {
    for (const city of ['', ...Object.keys(value)]) readFactor(value, city)
  },
  outside_factor: readOutsideFactors,
  acct_scope: readScope,
}
