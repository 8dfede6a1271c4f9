import { isInForce, type ParameterBook } from './parameter-book.ts'
import type { ParameterKey, ParameterRow } from './parameters.ts'

/** One figure that the cities do not have alike. */
export interface ParameterDifference extends Omit<ParameterKey, 'city'> {
  /** The row in force in each city; undefined where it has none. In the order of `cities`. */
  readonly rows: readonly (ParameterRow | undefined)[]
}

export interface ParameterDifferences {
  readonly on: string
  readonly cities: readonly string[]
  readonly differences: readonly ParameterDifference[]
  /** Figures that all cities have alike. */
  readonly alike: number
}

/** Compares the benefit parameters in force on a day between the cities, figure by figure (报销待遇差异). */
export const parameterDifferences = (book: ParameterBook, on: string): ParameterDifferences => {
  const inForce = book.rows.filter((row) => isInForce(row, on))
  const cities = [...new Set(book.rows.map((row) => row.city))].toSorted()
  const figures = Map.groupBy(inForce, keyOf)
  const differences: ParameterDifference[] = []
  for (const rows of figures.values()) {
    const byCity = cities.map((city) => latest(rows.filter((row) => row.city === city)))
    const [{ insutype, psnType, medType, hospLv, diseCodg, item }] = rows as [ParameterRow, ...ParameterRow[]]
    if (new Set(byCity.map(figureOf)).size > 1) {
      differences.push({ insutype, psnType, medType, hospLv, diseCodg, item, rows: byCity })
    }
  }
  return { on, cities, differences, alike: figures.size - differences.length }
}

const keyOf = (row: ParameterRow): string =>
  [row.insutype, row.medType, row.psnType, row.hospLv, row.diseCodg, row.item].join('/')

const latest = (rows: readonly ParameterRow[]): ParameterRow | undefined =>
  rows.reduce<ParameterRow | undefined>(
    (best, row) => (best === undefined || isLater(row, best) ? row : best),
    undefined,
  )

const isLater = (a: ParameterRow, b: ParameterRow): boolean =>
  a.effectiveFrom > b.effectiveFrom || (a.effectiveFrom === b.effectiveFrom && a.version > b.version)

/** No row and a row without a figure are two things: the second is known to be missing. */
const figureOf = (row: ParameterRow | undefined): string => (row === undefined ? '-' : figureText(row.value))

/** A figure in a line of a report. `?` is one that is known to be missing. */
export const figureText = (value: ParameterRow['value']): string => {
  if (value === null) return '?'
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) {
    return Object.entries(value as Readonly<Record<string, string>>)
      .map(([name, figure]) => `${name} ${figure}`)
      .join(', ')
  }
  return value
    .map((one: string | { upTo: string | null; ratio: string }) =>
      typeof one === 'string' ? one : `${one.upTo === null ? '' : `to ${one.upTo} `}${one.ratio}`,
    )
    .join(', ')
}
