import type { Database } from '../kernel/db.ts'
import { formatFen, ZERO_FEN } from '../kernel/money.ts'
import { inTx } from '../kernel/tx.ts'
import { balanceAt } from './balance.ts'
import { ledgerError } from './errors.ts'
import { holdWindows, setClosed } from './store.ts'

/**
 * Closes an account that is empty: nothing is posted to it from then on. It is never deleted, and can be opened again.
 * Postings under way are waited for, so none of them comes after.
 */
export async function closeAccount(db: Database, code: string, now: Date): Promise<void> {
  await inTx(db, async (tx) => {
    await holdWindows(tx)
    const balance = await balanceAt(tx, code, 'now')
    if (balance !== ZERO_FEN) throw ledgerError('account-not-empty', { detail: `It holds ${formatFen(balance)}.` })
    if (!(await setClosed(tx, code, now))) throw ledgerError('account-not-found')
  })
}

/** Opens a closed account again. */
export async function reopenAccount(db: Database, code: string): Promise<void> {
  if (!(await setClosed(db, code, null))) throw ledgerError('account-not-found')
}
