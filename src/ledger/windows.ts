import type { Database, Tx } from '../kernel/db.ts'
import { localMonth } from '../kernel/time.ts'
import { ledgerError } from './errors.ts'
import { closeWindowRow, insertWindows, lockWindows } from './store.ts'

/** Says in which window an event is booked. */
export type WindowOf = (eventAt: Date) => string

/**
 * Opens and locks the windows that events of these times fall into, until the transaction ends. An event belongs to its
 * own month in Asia/Shanghai while that month is open; after that a closed window is never edited, so it goes into the
 * window open now.
 */
export async function openWindows(tx: Tx, times: readonly Date[], now: Date): Promise<WindowOf> {
  const current = localMonth(now)
  const wanted = [...new Set([...times.map(localMonth), current])].sort()
  let rows = await lockWindows(tx, wanted)
  if (rows.length < wanted.length) {
    await insertWindows(tx, wanted, now)
    rows = await lockWindows(tx, wanted)
  }
  const open = new Set(rows.filter((row) => row.state === 'OPEN').map((row) => row.month))
  return (eventAt) => {
    const month = localMonth(eventAt)
    if (open.has(month)) return month
    if (open.has(current)) return current
    throw ledgerError('no-open-window', { detail: `Neither ${month} nor ${current} is open.` })
  }
}

/** Closes a month. Postings under way are waited for; later ones go into the window open then. */
export async function closeWindow(db: Database, month: string, now: Date): Promise<void> {
  if (!(await closeWindowRow(db, month, now))) {
    throw ledgerError('window-not-open', { detail: `The window ${month} is not open.` })
  }
}
