import type { Db } from '../kernel/db.ts'
import type { Fen } from '../kernel/money.ts'
import { localDate, startOfDate } from '../kernel/time.ts'
import { readBalance } from './balance-store.ts'
import { accountNo } from './rules.ts'

/** By which of its two times an entry counts: when it happened, or when it was written. */
export type By = 'event' | 'written'

/**
 * Balance of an account as of an instant, that instant included; without one, of everything booked. `written` gives what
 * the books said at that time, `event` what belongs to it by what is known now. Days before are read from the balances, one
 * row an account and day; of the day itself, and of what is not sealed yet, the journals.
 */
export async function balanceAt(db: Db, account: string, instant: Date | 'now', by: By = 'event'): Promise<Fen> {
  const day = instant === 'now' ? 'infinity' : localDate(instant)
  const start = instant === 'now' ? 'infinity' : startOfDate(day).toISOString()
  const end = instant === 'now' ? 'infinity' : instant.toISOString()
  return await readBalance(db, accountNo(account), { day, start, end }, by)
}
