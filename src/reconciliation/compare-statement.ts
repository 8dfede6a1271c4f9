import type { Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import { readWindow } from '../ledger/index.ts'
import { type DayTotal, readDayRows, readDayTotals } from '../settlement/index.ts'
import { compareRows, compareTotals, type SentRow } from './rules.ts'
import { insertDifferences, insertStatement, supersedeDifferences } from './store.ts'
import { showDifference, showGroup } from './wire.ts'

/** What an institution holds its day to be. */
export interface Statement {
  readonly institution: string
  readonly date: string
  readonly groups: readonly DayTotal[]
  /** Left out = totals only (3201 without 3202). */
  readonly details: readonly SentRow[] | undefined
}

/**
 * Compares an institution's day with the centre's in the caller's transaction, keeps the result, and replaces the open
 * differences of an earlier statement of the same day. Nothing of a settlement is changed.
 */
export async function compareStatement(tx: Tx, statement: Statement, at: Date) {
  const { institution, date } = statement
  const groups = compareTotals(statement.groups, await readDayTotals(tx, institution, date))
  const differences =
    statement.details === undefined ? [] : compareRows(statement.details, await readDayRows(tx, institution, date))
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
    differences: shown,
  }
}
