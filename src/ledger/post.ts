import type { Tx } from '../kernel/db.ts'
import { ledgerError } from './errors.ts'
import { entriesOf, sidesOf, totalChanges } from './rules.ts'
import { addToTotals, insertAccounts, insertPostings } from './store.ts'
import type { Account, Posting } from './types.ts'

/**
 * Posts journals in the caller's transaction and moves the counters. Posting the same (source, bizId) again fails on its
 * key and with it the whole transaction. Call it last: the counters' rows are then held only until the commit.
 */
export async function postJournals(tx: Tx, postings: readonly Posting[], now: Date): Promise<void> {
  if (postings.length === 0) return
  const accounts = new Map<string, Account>()
  const journals = postings.map((posting) => {
    const entries = entriesOf(posting)
    for (const { account } of entries) accounts.set(account.code, account)
    return { posting, sides: sidesOf(posting, entries) }
  })
  const sorted = [...accounts.keys()].sort().map((code) => accounts.get(code) as Account)
  const changes = totalChanges(postings)
  // Sent together, run in this order. Accounts before the journals: whoever adds the same new account waits here, while it
  // holds no counter.
  const [closed] = await Promise.all([
    sorted.length === 0 ? [] : insertAccounts(tx, sorted, now),
    insertPostings(tx, journals, now),
    changes.length === 0 ? undefined : addToTotals(tx, changes),
  ])
  if (closed.length > 0) throw ledgerError('account-closed', { detail: `Closed: ${closed.join(', ')}.` })
}
