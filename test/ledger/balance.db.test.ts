import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { parseFen } from '../../src/kernel/money.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { inTx } from '../../src/kernel/tx.ts'
import {
  balanceAt,
  closeAccount,
  ledgerSealing,
  postJournals,
  reopenAccount,
  sealLedger,
} from '../../src/ledger/index.ts'
import { useDatabase } from '../support/database.ts'
import { NOW } from '../support/deps.ts'
import { aPosting, post, reversalOf, seal } from './postings.ts'

const database = useDatabase()
const now = new Date(NOW)
const hour = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000)
const PAYABLE = 'provider_payable/510100/H51010499001/11'

describe('the balance of an account', () => {
  const settled = aPosting(hour(-50), { bizId: randomUUID() })

  test('is known as of any time, sealed or not, by event and by writing', async () => {
    // Happened two days ago, written now; a second of this hour; the first taken back an hour later.
    await post(database.db, now, settled, aPosting(hour(-1)))
    const both = async (): Promise<void> => {
      expect(await balanceAt(database.db, PAYABLE, hour(-51))).toBe(0n)
      expect(await balanceAt(database.db, PAYABLE, hour(-50))).toBe(-15_500n)
      expect(await balanceAt(database.db, PAYABLE, hour(-2))).toBe(-15_500n)
      expect(await balanceAt(database.db, PAYABLE, hour(-1))).toBe(-31_000n)
      expect(await balanceAt(database.db, PAYABLE, hour(-1), 'written')).toBe(0n)
      expect(await balanceAt(database.db, PAYABLE, now, 'written')).toBe(-31_000n)
      expect(await balanceAt(database.db, PAYABLE, 'now')).toBe(-31_000n)
    }
    await both()
    await seal(database.db, now, 2)
    expect(await sealLedger(database.db, now)).toBe(0)
    await both()
    await post(database.db, hour(1), reversalOf(settled, { eventAt: hour(1) }))
    await both2()
    await seal(database.db, hour(1), 1, { batch: 1, alg: 'SM3' })
    await both2()
  })

  const both2 = async (): Promise<void> => {
    expect(await balanceAt(database.db, PAYABLE, now)).toBe(-31_000n)
    expect(await balanceAt(database.db, PAYABLE, hour(1))).toBe(-15_500n)
    expect(await balanceAt(database.db, PAYABLE, 'now')).toBe(-15_500n)
    expect(await balanceAt(database.db, PAYABLE, now, 'written')).toBe(-31_000n)
    expect(await balanceAt(database.db, PAYABLE, hour(30), 'written')).toBe(-15_500n)
  }

  test('a transaction that is still open is sealed when it has ended, and what is written after it waits', async () => {
    const one = aPosting(now)
    const hold = Promise.withResolvers<void>()
    const written = Promise.withResolvers<void>()
    const open = database.db.transaction().execute(async (tx) => {
      await postJournals(tx, [one], now)
      written.resolve()
      await hold.promise
    })
    await written.promise
    await post(database.db, now, aPosting(now))
    expect(await sealLedger(database.db, now)).toBe(0)
    hold.resolve()
    await open
    await seal(database.db, now, 2)
  })
})

describe('sealing', () => {
  test('stops and says so where the server counts its transactions anew', async () => {
    await inTx(database.db, async (tx) => {
      await sql`insert into ledger_seal_batch (no, through, journals, sealed_at)
        select coalesce(max(no), 0) + 1, '18000000000000000000', 1, ${now} from ledger_seal_batch`.execute(tx)
    })
    await expect(sealLedger(database.db, now)).rejects.toThrow(/restored from a dump/)
    await inTx(database.db, async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx)
      await sql`delete from ledger_seal_batch where through = '18000000000000000000'`.execute(tx)
    })
  })

  test('goes on by the clock', async () => {
    await post(database.db, now, aPosting(now))
    const periodic = ledgerSealing({ db: database.db, clock: manualClock(NOW) })
    expect(periodic).toMatchObject({ name: 'ledger.seal', everyMs: 2000 })
    const count = async () =>
      (
        await sql<{ n: number }>`select coalesce(sum(journals), 0)::int as n from ledger_seal_batch`.execute(
          database.db,
        )
      ).rows[0]?.n ?? 0
    const before = await count()
    await vi.waitUntil(
      async () => {
        await periodic.run()
        return (await count()) > before
      },
      { timeout: 20_000, interval: 50 },
    )
  })
})

describe('an account', () => {
  const EMPTY = 'fund_expense/511400/390102'
  const one = aPosting(now, {
    insuredCity: '511400',
    treatmentCity: '511400',
    funds: [{ fund: '390102', amount: parseFen('9.00') }],
  })

  test('is closed only when it is empty, refuses postings then, and can be opened again', async () => {
    await post(database.db, now, one)
    await expect(closeAccount(database.db, EMPTY, now)).rejects.toMatchObject({ code: 'ledger.account-not-empty' })
    await post(database.db, now, reversalOf(one))
    await closeAccount(database.db, EMPTY, now)
    await expect(post(database.db, now, aPosting(now), { ...one, bizId: randomUUID() })).rejects.toMatchObject({
      code: 'ledger.account-closed',
    })
    await reopenAccount(database.db, EMPTY)
    await post(database.db, now, { ...one, bizId: randomUUID() })
    await expect(closeAccount(database.db, 'fund_expense/511400/999999', now)).rejects.toMatchObject({
      code: 'ledger.account-not-found',
    })
    await expect(reopenAccount(database.db, 'fund_expense/511400/999999')).rejects.toMatchObject({
      code: 'ledger.account-not-found',
    })
  })
})
