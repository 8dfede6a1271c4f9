import type { Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import { readWindow } from '../ledger/index.ts'
import { type DayTotal, readDayRows, readDayTotals, readRowsById } from '../settlement/index.ts'
import { compareRows, compareTotals, type Difference, type SentRow, sumRows, unknownIds } from './rules.ts'
import { insertDifferences, insertStatement, lockDay, supersedeDifferences } from './store.ts'
import { showDifference, showGroup } from './wire.ts'

/** What an institution holds its day to be. */
export interface Statement {
  readonly institution: string
  readonly date: string
  readonly groups: readonly DayTotal[]
  /** Left out = totals only (3201 without 3202). */
  readonly details: readonly SentRow[] | undefined
}

/** Differences in one answer; the rest is read page by page. */
export const DIFFERENCES_A_PAGE = 500

/**
 * Compares an institution's day with the centre's in the caller's transaction, keeps the result, and replaces the open
 * differences of an earlier statement of the same day. Statements of one day are compared one after another, so that
 * exactly one set of differences is open. Nothing of a settlement is changed.
 */
export async function compareStatement(tx: Tx, statement: Statement, at: Date) {
  const { institution, date } = statement
  await lockDay(tx, institution, date)
  const { totals, differences } = await compareDay(tx, statement)
  const groups = compareTotals(statement.groups, totals)
  const window = await readWindow(tx, date.slice(0, 7))
  const monthOpen = window === undefined || window.state === 'OPEN'
  const equal = groups.every((group) => group.equal) && differences.length === 0
  const shown = differences.map((one) => showDifference(one, monthOpen))
  const row = { institution, id: newId<'statement'>(), date, equal, groups: groups.map(showGroup) }
  await supersedeDifferences(tx, institution, date)
  await insertStatement(tx, row, at)
  await insertDifferences(
    tx,
    row,
    differences.map((one, index) => ({ class: one.class, setlId: one.setlId, row: shown[index] })),
  )
  return {
    statement_id: row.id,
    date,
    result: equal ? ('equal' as const) : ('unequal' as const),
    groups: row.groups,
    compared: statement.details === undefined ? ('totals' as const) : ('details' as const),
    differences: shown.slice(0, DIFFERENCES_A_PAGE),
    differences_cnt: shown.length,
  }
}

/** The centre's day: totals alone, or rows and the totals of the same rows. */
async function compareDay(
  tx: Tx,
  { institution, date, details }: Statement,
): Promise<{ totals: readonly DayTotal[]; differences: readonly Difference[] }> {
  if (details === undefined) return { totals: await readDayTotals(tx, institution, date), differences: [] }
  const rows = await readDayRows(tx, institution, date)
  const elsewhere = await readRowsById(tx, institution, unknownIds(details, rows))
  return { totals: sumRows(rows), differences: compareRows(details, rows, elsewhere) }
}
