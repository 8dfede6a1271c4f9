import { type Fen, fen, ONE, parseFen, parseRatio, type Ratio } from '../kernel/money.ts'
import type { ParameterValue } from './parameters.ts'
import { BILL_PARTS, type BillPart } from './personal-account.ts'
import type { LaterStay, RatioStep, RatioSteps } from './policy-types.ts'

/** A cap that the source does not set. The largest N(16,2): what a fund could pay is then as good as anything. */
export const UNLIMITED: Fen = fen(9_999_999_999_999_999n)
const NO_CAP = 'none'

export const readAmount = (value: ParameterValue): Fen => {
  const amount = parseFen(text(value))
  if (amount < 0n) throw new TypeError('a deductible or cap is never negative')
  return amount
}

/** A cap may be `none`, which is a statement of the source; a cap that is not known is an empty row. */
export const readCap = (value: ParameterValue): Fen => (value === NO_CAP ? UNLIMITED : readAmount(value))

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

/** `{ ratio }`: later stays have that share of the deductible. `{ minus, floor }`: each has that much less than the one before. */
export const readLaterStay = (value: ParameterValue): LaterStay => {
  const rule = record(value)
  const names = Object.keys(rule).toSorted().join()
  if (names === 'ratio') return { ratio: share(text(rule['ratio'])) }
  if (names === 'floor,minus') return { minus: readAmount(text(rule['minus'])), floor: readAmount(text(rule['floor'])) }
  throw new TypeError('a later stay has a ratio, or minus and floor')
}

export const readFactor = (value: ParameterValue, treatmentCity: string): Ratio | undefined => {
  const listed = record(value)
  return Object.hasOwn(listed, treatmentCity) ? share(text(listed[treatmentCity])) : undefined
}

/** Factors for care outside the four cities, which is refused here: they are kept to compare the cities. */
export const readOutsideFactors = (value: ParameterValue): void => {
  const { filed, emergency, unfiled, ...rest } = record(value)
  if (Object.keys(rest).length > 0) throw new TypeError('a factor outside is filed, emergency or unfiled')
  for (const factor of [filed, emergency, unfiled]) share(text(factor))
}

export const readScope = (value: ParameterValue): readonly BillPart[] => {
  if (!Array.isArray(value)) throw new TypeError('a scope is a list of parts of the bill')
  const scope = BILL_PARTS.filter((part) => value.includes(part))
  if (scope.length !== value.length) throw new TypeError('a scope names each part of the bill at most once')
  return scope
}

const readStep = (step: unknown): RatioStep => {
  const { upTo, ratio } = Object(step) as { upTo?: ParameterValue | null; ratio?: ParameterValue }
  if (upTo === undefined || ratio === undefined) throw new TypeError('a step has a bound and a ratio')
  return { upTo: upTo === null ? null : readAmount(upTo), ratio: share(text(ratio)) }
}

const record = (value: ParameterValue): Readonly<Record<string, string>> => {
  if (typeof value !== 'object' || Array.isArray(value)) throw new TypeError('the figures are listed by name')
  return value as Readonly<Record<string, string>>
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
