import type { Sex } from '../codes/index.ts'
import type { PersonIdentifier } from './types.ts'

export const MATCH_FIELDS = ['number', 'name', 'birthDate', 'sex', 'phone'] as const
export type MatchField = (typeof MATCH_FIELDS)[number]

/**
 * How two values of a field compare. `reordered`: the parts of a name in another order; `near`: one character wrong or two
 * neighbours exchanged; `swapped`: day and month exchanged; `neighbour`: the day before or after.
 */
export type Agreement = 'equal' | 'reordered' | 'near' | 'swapped' | 'neighbour' | 'differs'

/** The grades of http://hl7.org/fhir/R4/codesystem-match-grade.html; below `possible` nothing is told. */
export type MatchGrade = 'certain' | 'probable' | 'possible'

/** What is said of somebody who is looked for, in normal forms. */
export interface Described {
  readonly name?: string | undefined
  readonly birthDate?: string | undefined
  readonly sex?: Sex | undefined
  readonly phone?: string | undefined
  readonly identifiers: readonly PersonIdentifier[]
}

export interface FieldScore {
  readonly field: MatchField
  readonly agreement: Agreement
  readonly points: number
}

/** A score with its reasons. */
export interface Score {
  /** Of 10,000. */
  readonly points: number
  readonly grade: MatchGrade | 'none'
  readonly fields: readonly FieldScore[]
}

/** The figures in force: rows of `people_match_policy` and `people_match_weight`. */
export interface MatchPolicy {
  readonly version: number
  readonly certain: number
  readonly probable: number
  readonly possible: number
  readonly blockLimit: number
  readonly maxCandidates: number
  /** Points by `field agreement`; what has none counts nothing. */
  readonly weights: ReadonlyMap<string, number>
}
