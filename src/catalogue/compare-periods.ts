import { addDays } from '../kernel/time.ts'
import type { NewVersion } from './store.ts'
import type { PeriodRow, Stored } from './types.ts'

/** A field by which a row differs from the version that stands, as it is written on the wire. */
export interface FieldChange {
  readonly field: string
  readonly before: string | null
  readonly after: string | null
}

/** What is wrong with a row, and in which column. */
export interface RowError {
  readonly line: number
  readonly column: string
  readonly detail: string
}

/** A row of a file with the line that it stands on. */
export interface FileRow<Row> {
  readonly line: number
  readonly row: Row
}

export interface Outcome<Row> {
  readonly kind: 'added' | 'changed' | 'ended' | 'unchanged'
  readonly line: number
  readonly row: Row
  readonly changes: readonly FieldChange[]
}

export interface PeriodsCompared<Row> {
  readonly outcomes: readonly Outcome<Row>[]
  readonly versions: readonly NewVersion<Row>[]
  readonly errors: readonly RowError[]
}

type Differ<Row> = (before: Row, after: Row) => readonly FieldChange[]

/**
 * What rows of a file mean for what stands about the same code in the same area: a row is named by its first day. One
 * that is there with other content becomes a new version; one that begins later ends the open row before it; anything
 * else that shares a day with another is an error.
 */
export function comparePeriods<Row extends PeriodRow>(
  given: readonly FileRow<Row>[],
  standing: readonly Stored<Row>[],
  differ: Differ<Row>,
): PeriodsCompared<Row> {
  const outcomes: Outcome<Row>[] = []
  const errors: RowError[] = []
  const stored = new Map(standing.map((row) => [row.begndate, row]))
  const said = new Map<string, FileRow<Row>>()
  for (const one of given) {
    const { begndate } = one.row
    const twice = said.get(begndate)
    if (twice !== undefined) {
      errors.push({ line: one.line, column: 'begndate', detail: `the same period stands in line ${twice.line}` })
    } else said.set(begndate, one)
  }

  const versions = new Map<string, NewVersion<Row>>()
  for (const [begndate, { line, row }] of said) {
    const before = stored.get(begndate)
    if (before === undefined) {
      outcomes.push({ kind: 'added', line, row, changes: [] })
      versions.set(begndate, { ...row, rid: null, version: 1 })
      continue
    }
    const changes = differ(before, row)
    const kind = changes.length === 0 ? 'unchanged' : isEnd(changes) ? 'ended' : 'changed'
    outcomes.push({ kind, line, row, changes })
    if (changes.length > 0) versions.set(begndate, { ...row, rid: before.rid, version: before.version + 1 })
  }

  const inOrder = [...new Map<string, Row>([...stored, ...versions]).values()]
    .filter((row) => row.valiFlag === '1')
    .toSorted((a, b) => (a.begndate < b.begndate ? -1 : 1))
  for (const [at, later] of inOrder.entries()) {
    const earlier = inOrder[at - 1]
    if (earlier === undefined || (earlier.enddate !== null && earlier.enddate < later.begndate)) continue
    const saidLater = said.get(later.begndate)
    const saidEarlier = said.get(earlier.begndate)
    const open = stored.get(earlier.begndate)
    if (saidEarlier === undefined && saidLater !== undefined && earlier.enddate === null && open !== undefined) {
      const ended = { ...open, enddate: addDays(later.begndate, -1) }
      outcomes.push({ kind: 'ended', line: saidLater.line, row: ended, changes: differ(open, ended) })
      versions.set(earlier.begndate, { ...ended, version: open.version + 1 })
      continue
    }
    const at_ = saidEarlier ?? saidLater
    errors.push({
      line: at_?.line ?? 0,
      column: saidEarlier === undefined ? 'begndate' : 'enddate',
      detail: `shares a day with the period that begins ${saidEarlier === undefined ? earlier.begndate : later.begndate}`,
    })
  }
  return { outcomes, versions: [...versions.values()], errors }
}

/** An open period that only gets its last day. */
function isEnd(changes: readonly FieldChange[]): boolean {
  return changes.every(({ field, before }) => field === 'enddate' && before === null)
}
