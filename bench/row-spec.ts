import { compare, type Measured, type Target } from './row.ts'

/** The figures of one measurement; which ones, its sample knows. */
export type Figures = Readonly<Record<string, number>>

/** All that was measured in one round, by sample. */
export type RoundOf<Sample extends string> = Readonly<Partial<Record<Sample, Figures>>>

/** One row of the answer: what it needs to have been measured, and how it is read off. */
export interface RowSpec<Sample extends string> {
  readonly name: string
  readonly unit: string
  readonly needs: readonly Sample[]
  value(round: RoundOf<Sample>): number
  readonly limitCase: string
  limit(round: RoundOf<Sample>): number
  readonly target?: Target
}

export function readRow<Sample extends string>(spec: RowSpec<Sample>, rounds: readonly RoundOf<Sample>[]): Measured {
  const { name, unit, limitCase, target, value, limit } = spec
  return compare({ name, unit, limitCase, target, value: rounds.map(value), limit: rounds.map(limit) })
}

export function figure<Sample extends string>(round: RoundOf<Sample>, sample: Sample, name: string): number {
  const value = round[sample]?.[name]
  if (value === undefined) throw new Error(`the sample ${sample} has no figure ${name}`)
  return value
}
