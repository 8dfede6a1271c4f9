import { isDate } from '../kernel/time.ts'
import { readAmount, readCap, readFactor, readLaterStay, readOutsideFactors, readScope, readSteps } from './figures.ts'

/**
 * What a parameter row may be about. A row about anything else is refused at loading: policy is never half understood. Stored traces
 * name an item by its place in this list: new ones go to the end.
 */
export const PARAMETER_ITEMS = [
  'deductible',
  'later_stay',
  'ratio',
  'cap',
  'hifob_ratio',
  'hifob_cap',
  'hifmi_deductible',
  'hifmi_ratio',
  'hifmi_cap',
  'cvlserv_ratio',
  'cvlserv_cap',
  'hifes_ratio',
  'hifes_cap',
  'maf_deductible',
  'maf_ratio',
  'maf_cap',
  'cross_city_factor',
  'outside_factor',
  'acct_scope',
] as const
export type ParameterItem = (typeof PARAMETER_ITEMS)[number]

/** JSON as it is stored; amounts and ratios are decimal strings. */
export type ParameterValue =
  | string
  | readonly string[]
  | readonly { readonly upTo: string | null; readonly ratio: string }[]
  | Readonly<Record<string, string>>

/** `psnType`, `medType`, `hospLv` and `diseCodg` may be this: the row then holds for all of them. */
export const ANY = '*'

/** Which figure a row is. The items of 医疗救助 (`maf_…`) have the special identity (2301-2308) as their `psnType`. */
export interface ParameterKey {
  readonly city: string
  readonly insutype: string
  /** National class of the person (11, 12 …). */
  readonly psnType: string
  readonly medType: string
  /** community, 1, 2, 3, or pharmacy. */
  readonly hospLv: string
  readonly diseCodg: string
  readonly item: ParameterItem
}

/** One versioned figure of policy, with where it comes from and whether a person has checked it against the source. */
export interface ParameterRow extends ParameterKey {
  readonly id: string
  readonly version: number
  /** null: the figure is known to exist but is missing. A calculation that needs it is refused. */
  readonly value: ParameterValue | null
  readonly effectiveFrom: string
  /** Last day in force; null while open. */
  readonly effectiveTo: string | null
  readonly sourceDocument: string
  readonly verified: boolean
  readonly note: string
}

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
