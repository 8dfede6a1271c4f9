import { ANY, checkRow, type ParameterItem, type ParameterRow } from './parameters.ts'

/** Which figure is asked for. */
export interface ParameterKey {
  readonly city: string
  readonly insutype: string
  readonly psnType: string
  readonly medType: string
  readonly hospLv: string
  readonly item: ParameterItem
}

/** The policy of one day. */
export interface PolicyDay {
  readonly date: string
  find(key: ParameterKey): ParameterRow | undefined
}

/** All policy rows in memory, so that a settlement asks no database for them. Build a new one when rows were added. */
export interface ParameterBook {
  readonly size: number
  on(date: string): PolicyDay
}

/** Builds the book, refusing malformed rows. */
export const createParameterBook = (rows: readonly ParameterRow[]): ParameterBook => {
  rows.forEach(checkRow)
  const shelves = Map.groupBy(rows, (row) => shelf(row.city, row.insutype, row.item))
  for (const candidates of shelves.values()) candidates.sort(byPrecedence)
  return {
    size: rows.length,
    on: (date) => ({
      date,
      find: (key) =>
        shelves.get(shelf(key.city, key.insutype, key.item))?.find((row) => isInForce(row, date) && covers(row, key)),
    }),
  }
}

const shelf = (city: string, insutype: string, item: string): string => `${city}/${insutype}/${item}`

const isInForce = (row: ParameterRow, date: string): boolean =>
  row.effectiveFrom <= date && (row.effectiveTo === null || date <= row.effectiveTo)

const covers = (row: ParameterRow, key: ParameterKey): boolean =>
  matches(row.hospLv, key.hospLv) && matches(row.psnType, key.psnType) && matches(row.medType, key.medType)

const matches = (pattern: string, value: string): boolean => pattern === ANY || pattern === value

/**
 * The special row before the general one, then the later policy, then the later version of it. The first that fits is the answer even
 * when its value is empty: an unknown special figure must not be replaced by a general one.
 */
const byPrecedence = (a: ParameterRow, b: ParameterRow): number =>
  specificity(b) - specificity(a) || compareText(b.effectiveFrom, a.effectiveFrom) || b.version - a.version

/** Level over person over kind of care, so that no two rows tie. */
const specificity = (row: ParameterRow): number =>
  (row.hospLv === ANY ? 0 : 4) + (row.psnType === ANY ? 0 : 2) + (row.medType === ANY ? 0 : 1)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
