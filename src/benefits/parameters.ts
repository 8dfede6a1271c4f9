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
