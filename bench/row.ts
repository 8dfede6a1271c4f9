import { type Spread, spreadOf } from './statistics.ts'

/** One line of the answer. `ratio` is always value / limit, whether more or less is better. */
export interface Row {
  readonly case: string
  readonly value: number
  readonly unit: string
  readonly limit: number
  readonly limit_case: string
  readonly ratio: number
}

/** A row with the rounds behind it. */
export interface Measured extends Row {
  readonly value_spread: Spread
  readonly limit_spread: Spread
}

export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly value: readonly number[]
  readonly limitCase: string
  readonly limit: readonly number[]
}

/** Medians beside each other; the ratio is that of the two numbers that are shown. */
export function compare({ name, unit, value, limitCase, limit }: Comparison): Measured {
  const own = spreadOf(value)
  const bound = spreadOf(limit)
  const shown = { value: round(own.median), limit: round(bound.median) }
  return {
    case: name,
    value: shown.value,
    unit,
    limit: shown.limit,
    limit_case: limitCase,
    ratio: round(shown.value / shown.limit),
    value_spread: { median: shown.value, min: round(own.min), max: round(own.max) },
    limit_spread: { median: shown.limit, min: round(bound.min), max: round(bound.max) },
  }
}

/** The six members that programs read. */
export const toRow = (measured: Measured): Row => {
  const { value_spread: _value, limit_spread: _limit, ...row } = measured
  return row
}

/** An aligned table: each figure with its lowest and highest round. */
export function formatTable(rows: readonly Measured[]): string {
  const head = ['case', 'value', 'rounds from–to', 'unit', 'limit', 'rounds from–to', 'limit case', 'ratio']
  const cells = rows.map((row) => [
    row.case,
    String(row.value),
    range(row.value_spread),
    row.unit,
    String(row.limit),
    range(row.limit_spread),
    row.limit_case,
    row.ratio.toFixed(2),
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)))
  const textual = new Set([0, 3, 6])
  const print = (line: readonly string[]): string =>
    line
      .map((cell, at) => (textual.has(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [print(head), print(widths.map((width) => '-'.repeat(width))), ...cells.map(print)].join('\n')
}

const range = ({ min, max }: Spread): string => `${min}–${max}`

/** Four significant digits: more would pretend an exactness that the rounds do not have. */
const round = (value: number): number => (value === 0 ? 0 : Number(value.toPrecision(4)))
