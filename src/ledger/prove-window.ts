import type { Db } from '../kernel/db.ts'
import { addFen, type Fen, negFen, sumFen, ZERO_FEN } from '../kernel/money.ts'
import { readTotals, sumBetweenCities } from './store.ts'

/** What one ordered pair of cities owes, from three places that must agree. */
export interface PairProof {
  readonly payer: string
  readonly payee: string
  /** From the payer's book. */
  readonly dueTo: Fen
  /** From the payee's book. */
  readonly dueFrom: Fen
  /** From the counters. */
  readonly counted: Fen
}

export interface WindowProof {
  readonly balanced: boolean
  /** Over all pairs. */
  readonly dueTo: Fen
  readonly dueFrom: Fen
  readonly counted: Fen
  /** Every pair on which the three do not agree. */
  readonly disagreements: readonly PairProof[]
}

/**
 * Proves a window: for every ordered pair of cities what the one owes is what the other claims, and both are what the
 * counters say. The entries of the two books are written and balanced apart from each other and from the counters, so
 * this can fail. Scans the month's entries. Call it in a transaction with one snapshot: postings go on meanwhile.
 *
 * @param city only the pairs of this city
 */
export async function proveWindow(db: Db, month: string, city?: string): Promise<WindowProof> {
  const [entries, totals] = [await sumBetweenCities(db, month, city), await readTotals(db, month, city)]
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
    } else {
      const one = pair(other, book)
      one.dueFrom = addFen(one.dueFrom, amount)
    }
  }
  for (const total of totals) {
    if (total.payer === total.payee) continue
    const one = pair(total.payer, total.payee)
    one.counted = addFen(one.counted, total.amount)
  }
  const proofs = [...pairs.values()]
  const disagreements = proofs.filter((one) => one.dueTo !== one.dueFrom || one.dueTo !== one.counted)
  return {
    balanced: disagreements.length === 0,
    dueTo: sumFen(proofs.map((one) => one.dueTo)),
    dueFrom: sumFen(proofs.map((one) => one.dueFrom)),
    counted: sumFen(proofs.map((one) => one.counted)),
    disagreements,
  }
}
