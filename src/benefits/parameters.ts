import { type Fen, ONE, parseFen, parseRatio, type Ratio } from '../kernel/money.ts'
import { isDate } from '../kernel/time.ts'
import type { RatioStep, RatioSteps } from './basic-fund.ts'
import { BILL_PARTS, type BillPart } from './personal-account.ts'

/** What a parameter row may be about. A row about anything else is refused at loading: policy is never half understood. */
export const PARAMETER_ITEMS = ['deductible', 'ratio', 'cap', 'cross_city_factor', 'acct_scope'] as const
export type ParameterItem = (typeof PARAMETER_ITEMS)[number]

/** JSON as it is stored; amounts and ratios are decimal strings. */
export type ParameterValue =
  | string
  | readonly string[]
  | readonly { readonly upTo: string | null; readonly ratio: string }[]
  | Readonly<Record<string, string>>

/** `psnType`, `medType` and `hospLv` may be this: the row then holds for all of them. */
export const ANY = '*'

/** One versioned figure of policy, with where it comes from and whether a person has checked it against the source. */
export interface ParameterRow {
  readonly id: string
  readonly version: number
  readonly city: string
  readonly insutype: string
  readonly psnType: string
  readonly medType: string
  readonly hospLv: string
  readonly item: ParameterItem
  /** null: the figure is known to exist but is missing or disputed. A calculation that needs it is refused. */
  readonly value: ParameterValue | null
  readonly effectiveFrom: string
  /** Last day in force; null while open. */
  readonly effectiveTo: string | null
  readonly sourceDocument: string
  readonly verified: boolean
  readonly note: string
}

export const readAmount = (value: ParameterValue): Fen => {
  const amount = parseFen(text(value))
  if (amount < 0n) throw new TypeError('a deductible or cap is never negative')
  return amount
}

export const readSteps = (value: ParameterValue): RatioSteps => {
  if (!Array.isArray(value)) throw new TypeError('a ratio is a list of steps')
  const [first, ...more] = value.map(readStep)
  if (first === undefined) throw new TypeError('a ratio has at least one step')
  let before = first
  for (const step of more) {
    const rises = before.upTo !== null && (step.upTo === null || step.upTo > before.upTo)
    if (!rises) throw new TypeError('the steps of a ratio rise')
    before = step
  }
  if (before.upTo !== null) throw new TypeError('the last step of a ratio is open')
  return [first, ...more]
}

export const readFactor = (value: ParameterValue, treatmentCity: string): Ratio | undefined => {
  if (typeof value === 'string' || Array.isArray(value)) throw new TypeError('a factor is listed by city of treatment')
  const listed = value as Readonly<Record<string, string>>
  return Object.hasOwn(listed, treatmentCity) ? share(text(listed[treatmentCity])) : undefined
}

export const readScope = (value: ParameterValue): readonly BillPart[] => {
  if (!Array.isArray(value)) throw new TypeError('a scope is a list of parts of the bill')
  const scope = BILL_PARTS.filter((part) => value.includes(part))
  if (scope.length !== value.length) throw new TypeError('a scope names each part of the bill at most once')
  return scope
}

/** Throws where a row is malformed, so that a fault in policy data stops the loading and not a patient's settlement. */
export const checkRow = (row: ParameterRow): void => {
  if (!isDate(row.effectiveFrom) || (row.effectiveTo !== null && !isDate(row.effectiveTo))) {
    throw new TypeError(`parameter ${row.id} has no proper dates`)
  }
  const check = CHECKS[row.item]
  if (check === undefined) throw new TypeError(`parameter ${row.id} is about an unknown item`)
  if (row.value === null) return
  try {
    check(row.value)
  } catch (cause) {
    throw new TypeError(`parameter ${row.id} is malformed`, { cause })
  }
}

const CHECKS: Readonly<Record<string, (value: ParameterValue) => void>> = {
  deductible: readAmount,
  cap: readAmount,
  ratio: readSteps,
  cross_city_factor: (value) => {
    for (const city of ['', ...Object.keys(value)]) readFactor(value, city)
  },
  acct_scope: readScope,
}

const readStep = (step: unknown): RatioStep => {
  const { upTo, ratio } = step as { upTo?: ParameterValue | null; ratio?: ParameterValue }
  if (upTo === undefined || ratio === undefined) throw new TypeError('a step has a bound and a ratio')
  return { upTo: upTo === null ? null : readAmount(upTo), ratio: share(text(ratio)) }
}

const share = (value: string): Ratio => {
  const read = parseRatio(value)
  if (read > ONE) throw new TypeError('a fund never pays more than the whole')
  return read
}

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError('figures are decimal strings')
  return value
}
