import { randomUUID } from 'node:crypto'
import type { Database } from '../../src/kernel/db.ts'
import { negFen, parseFen } from '../../src/kernel/money.ts'
import { openWindows, type Posting, postJournals, sealLedger } from '../../src/ledger/index.ts'

export const aPosting = (at: Date, more: Partial<Posting> = {}): Posting => ({
  source: 'test',
  bizId: randomUUID(),
  personId: randomUUID(),
  kind: 'settlement',
  reverses: null,
  eventAt: at,
  month: '2026-11',
  insuredCity: '510600',
  treatmentCity: '510100',
  institution: 'H51010499001',
  clrType: '11',
  funds: [{ fund: '310102', amount: parseFen('125.00') }],
  account: parseFen('30.00'),
  ...more,
})

export const reversalOf = (one: Posting, more: Partial<Posting> = {}): Posting => ({
  ...one,
  bizId: randomUUID(),
  kind: 'reversal',
  reverses: one.bizId,
  funds: one.funds.map((part) => ({ ...part, amount: negFen(part.amount) })),
  account: negFen(one.account),
  ...more,
})

/** Posts in one transaction, with windows open as settlement opens them. */
export const post = async (db: Database, at: Date, ...postings: Posting[]): Promise<void> =>
  await db.transaction().execute(async (tx) => {
    await openWindows(
      tx,
      postings.map((one) => one.eventAt),
      at,
    )
    await postJournals(tx, postings, at)
  })

/**
 * Seals as many journals as are said to wait. Transactions of other test files on the same server can hold sealing back for
 * a moment: it goes by what the whole server has finished.
 */
export const seal = async (
  db: Database,
  at: Date,
  journals: number,
  options: Parameters<typeof sealLedger>[2] = {},
) => {
  let sealed = 0
  for (let tries = 600; tries > 0 && sealed < journals; tries--) {
    sealed += await sealLedger(db, at, options)
    if (sealed < journals) await new Promise((done) => setTimeout(done, 50))
  }
  if (sealed !== journals) throw new Error(`${sealed} journals were sealed instead of ${journals}`)
}
