import type { Db } from '../kernel/db.ts'
import { addFen, type Fen, negFen, ZERO_FEN } from '../kernel/money.ts'
import { readTotals, sumEntries } from './store.ts'

/** A place where the books of a window do not agree. */
export interface Disagreement {
  readonly payer: string
  readonly payee: string
  readonly dueTo: Fen
  readonly dueFrom: Fen
  /** From the counters. */
  readonly counted: Fen
}

/**
 * Proves a window: for every ordered pair of cities what the one owes is what the other claims, and both are what the
 * counters say. Scans the month's entries, so it belongs to closing and to tests, not to a request.
 *
 * @returns every disagreement; none when the window holds.
 */
export async function proveWindow(db: Db, month: string): Promise<readonly Disagreement[]> {
  const [entries, totals] = [await sumEntries(db, month), await readTotals(db, month)]
  const pairs = new Map<string, { payer: string; payee: string; dueTo: Fen; dueFrom: Fen; counted: Fen }>()
  const pair = (payer: string, payee: string) => {
    const key = `${payer}/${payee}`
    const found = pairs.get(key) ?? { payer, payee, dueTo: ZERO_FEN, dueFrom: ZERO_FEN, counted: ZERO_FEN }
    pairs.set(key, found)
    return found
  }
  for (const { account, amount } of entries) {
    const [kind, book = '', other = ''] = account.split('/')
    if (kind === 'due_to') {
      const one = pair(book, other)
      one.dueTo = addFen(one.dueTo, negFen(amount))
    } else if (kind === 'due_from') {
      const one = pair(other, book)
      one.dueFrom = addFen(one.dueFrom, amount)
    }
  }
  for (const total of totals) {
    if (total.payer === total.payee) continue
    const one = pair(total.payer, total.payee)
    one.counted = addFen(one.counted, total.amount)
  }
  return [...pairs.values()].filter((one) => one.dueTo !== one.dueFrom || one.dueTo !== one.counted)
}
