import { type Spread, spreadOf } from './statistics.ts'

/** One line of the answer. `ratio` is always value / limit, whether more or less is better. */
export interface Row {
  readonly case: string
  readonly value: number
  readonly unit: string
  readonly limit: number
  readonly limit_case: string
  readonly ratio: number
  /** What must be reached, such as `<= 1.10`; null where nothing was set. */
  readonly target: string | null
  readonly met: boolean | null
}

/** A row with the rounds behind it. */
export interface Measured extends Row {
  readonly value_spread: Spread
  readonly limit_spread: Spread
  /** Of the ratios of the single rounds, where value and limit were taken in the same rounds. */
  readonly ratio_spread: Spread | null
}

export interface Target {
  readonly text: string
  holds(row: Pick<Row, 'value' | 'ratio'>): boolean
}

export const atMost = (ratio: number): Target => ({
  text: `<= ${ratio.toFixed(2)}`,
  holds: (row) => row.ratio <= ratio,
})
export const atLeast = (ratio: number): Target => ({ text: `>= ${ratio}`, holds: (row) => row.ratio >= ratio })
/** A target for the value itself: there is nothing of the same run to compare it with. */
export const valueAtMost = (value: number, unit: string): Target => ({
  text: `<= ${value} ${unit}`,
  holds: (row) => row.value <= value,
})

export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly value: readonly number[]
  readonly limitCase: string
  readonly limit: readonly number[]
  readonly target?: Target | undefined
}

/** Medians beside each other; the ratio is that of the two numbers that are shown. */
export function compare({ name, unit, value, limitCase, limit, target }: Comparison): Measured {
  const own = spreadOf(value)
  const bound = spreadOf(limit)
  const shown = { value: round(own.median), limit: round(bound.median) }
  const ratio = round(shown.value / shown.limit)
  const pairs = value.length === limit.length ? spreadOf(value.map((one, at) => one / (limit[at] as number))) : null
  return {
    case: name,
    value: shown.value,
    unit,
    limit: shown.limit,
    limit_case: limitCase,
    ratio,
    target: target?.text ?? null,
    met: target?.holds({ value: shown.value, ratio }) ?? null,
    value_spread: rounded(own),
    limit_spread: rounded(bound),
    ratio_spread: pairs && rounded(pairs),
  }
}

/** The members that programs read. */
export const toRow = (measured: Measured): Row => {
  const { value_spread: _value, limit_spread: _limit, ratio_spread: _ratio, ...row } = measured
  return row
}

const HEAD = [
  'case',
  'value',
  'rounds from–to',
  'unit',
  'limit',
  'rounds from–to',
  'limit case',
  'ratio',
  'rounds from–to',
  'target',
  'met',
] as const

/** Columns of text, which begin at the same place; numbers end there. */
const TEXTUAL = new Set([0, 3, 6, 9, 10])

/** An aligned table: each figure with its lowest and highest round. */
export function formatTable(rows: readonly Measured[]): string {
  const cells = rows.map((row) => [
    row.case,
    String(row.value),
    range(row.value_spread),
    row.unit,
    String(row.limit),
    range(row.limit_spread),
    row.limit_case,
    row.ratio.toFixed(3),
    row.ratio_spread === null ? '' : range(row.ratio_spread),
    row.target ?? '',
    row.met === null ? '' : row.met ? 'yes' : 'NO',
  ])
  const widths = HEAD.map((title, at) => Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)))
  const print = (line: readonly string[]): string =>
    line
      .map((cell, at) => (TEXTUAL.has(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [print(HEAD), print(widths.map((width) => '-'.repeat(width))), ...cells.map(print)].join('\n')
}

const range = ({ min, max }: Spread): string => `${min}–${max}`

const rounded = ({ median, min, max }: Spread): Spread => ({ median: round(median), min: round(min), max: round(max) })

/** Four significant digits: more would pretend an exactness that the rounds do not have. */
const round = (value: number): number => (value === 0 ? 0 : Number(value.toPrecision(4)))
