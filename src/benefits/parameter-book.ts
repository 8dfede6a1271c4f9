import { checkRow } from './check-row.ts'
import { ANY, type ParameterKey, type ParameterRow } from './parameters.ts'
import { findPolicy, type PolicyFinding, type PolicyQuestion } from './policy.ts'

/** The policy of one day. */
export interface PolicyDay {
  readonly date: string
  find(key: ParameterKey): ParameterRow | undefined
}

/** All policy rows in memory, so that a settlement asks no database for them. Build a new one when rows were added. */
export interface ParameterBook {
  readonly size: number
  readonly rows: readonly ParameterRow[]
  on(date: string): PolicyDay
  /** The figures for a kind of claim, found once and kept: a year has few kinds of claims and a day has thousands of claims. */
  policy(question: PolicyQuestion, date: string): PolicyFinding
}

/** Kinds of claims kept. Dates and codes come from callers, so what is kept has a bound; beyond it all is found anew. */
const MOST_KEPT = 10_000

/** Builds the book, refusing malformed rows. */
export const createParameterBook = (rows: readonly ParameterRow[]): ParameterBook => {
  rows.forEach(checkRow)
  const shelves = Map.groupBy(rows, (row) => shelf(row.city, row.insutype, row.item))
  for (const candidates of shelves.values()) candidates.sort(byPrecedence)
  const find = (key: ParameterKey, date: string): ParameterRow | undefined =>
    shelves.get(shelf(key.city, key.insutype, key.item))?.find((row) => isInForce(row, date) && covers(row, key))
  const kept = new Map<string, PolicyFinding>()
  return {
    size: rows.length,
    rows,
    on: (date) => ({ date, find: (key) => find(key, date) }),
    policy: (question, date) => {
      const name = nameOf(question, date)
      let finding = kept.get(name)
      if (finding === undefined) {
        finding = findPolicy(question, date, (key) => find(key, date))
        if (kept.size >= MOST_KEPT) kept.clear()
        kept.set(name, finding)
      }
      return finding
    },
  }
}

const shelf = (city: string, insutype: string, item: string): string => `${city}/${insutype}/${item}`

/** A disease code is the one part that may hold anything; it stands last, so no two questions share a name. */
const nameOf = (q: PolicyQuestion, date: string): string =>
  `${date}/${q.city}/${q.treatmentCity}/${q.insutype}/${q.psnClass}/${q.medType}/${q.hospLv}/${flag(q.laterStay)}${flag(
    q.aboveCap,
  )}${flag(q.account)}${flag(q.civilServant)}${flag(q.supplement)}/${q.aid ?? ''}/${q.diseCodg ?? ANY}`

const flag = (set: boolean): string => (set ? '1' : '0')

export const isInForce = (row: ParameterRow, date: string): boolean =>
  row.effectiveFrom <= date && (row.effectiveTo === null || date <= row.effectiveTo)

const covers = (row: ParameterRow, key: ParameterKey): boolean =>
  matches(row.diseCodg, key.diseCodg) &&
  matches(row.hospLv, key.hospLv) &&
  matches(row.psnType, key.psnType) &&
  matches(row.medType, key.medType)

const matches = (pattern: string, value: string): boolean => pattern === ANY || pattern === value

/**
 * The special row before the general one, then the later policy, then the later version of it. The first that fits is the answer even
 * when its value is empty: an unknown special figure must not be replaced by a general one.
 */
const byPrecedence = (a: ParameterRow, b: ParameterRow): number =>
  specificity(b) - specificity(a) || compareText(b.effectiveFrom, a.effectiveFrom) || b.version - a.version

/** Disease over level over person over kind of care, so that no two rows tie. */
const specificity = (row: ParameterRow): number =>
  (row.diseCodg === ANY ? 0 : 8) +
  (row.hospLv === ANY ? 0 : 4) +
  (row.psnType === ANY ? 0 : 2) +
  (row.medType === ANY ? 0 : 1)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
