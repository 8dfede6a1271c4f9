import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../src/kernel/db.ts'
import { parseFen } from '../../src/kernel/money.ts'
import {
  closeWindow,
  openWindows,
  type Posting,
  postJournals,
  proveWindow,
  readTotals,
} from '../../src/ledger/index.ts'
import { useDatabase } from '../support/database.ts'
import { NOW } from '../support/deps.ts'

const database = useDatabase()
const now = new Date(NOW)

const posting = (more: Partial<Posting> = {}): Posting => ({
  source: 'test',
  bizId: randomUUID(),
  personId: randomUUID(),
  kind: 'settlement',
  reverses: null,
  eventAt: now,
  month: '2026-11',
  insuredCity: '510600',
  treatmentCity: '510100',
  institution: 'H51010499001',
  clrType: '11',
  funds: [{ fund: '310102', amount: parseFen('125.00') }],
  account: parseFen('30.00'),
  ...more,
})

const post = async (...postings: Posting[]): Promise<void> =>
  await database.db.transaction().execute(async (tx) => {
    await openWindows(
      tx,
      postings.map((one) => one.eventAt),
      now,
    )
    await postJournals(tx, postings, now)
  })

const first = posting()
beforeAll(() => post(first))

describe('the journal', () => {
  test('books a cross-city settlement in both cities, each balanced', async () => {
    const entries = await database.db
      .selectFrom('ledger_entry')
      .select(['leg', 'account', 'amount_fen'])
      .where('biz_id', '=', first.bizId)
      .orderBy('leg')
      .execute()
    expect(entries).toEqual([
      { leg: 1, account: 'fund_expense/510600/310102', amount_fen: 12_500n },
      { leg: 2, account: 'psn_account/510600', amount_fen: 3_000n },
      { leg: 3, account: 'due_to/510600/510100/2026-11', amount_fen: -15_500n },
      { leg: 4, account: 'due_from/510100/510600/2026-11', amount_fen: 15_500n },
      { leg: 5, account: 'provider_payable/510100/H51010499001/11', amount_fen: -15_500n },
    ])
  })

  test('is posted once per settlement', async () => {
    await expect(post(first)).rejects.toMatchObject({ code: '23505' })
  })

  test('takes a reversal once, and the counters return to zero', async () => {
    const settled = posting({ insuredCity: '511400', treatmentCity: '512000' })
    await post(settled)
    const reversal = (): Posting => ({
      ...settled,
      bizId: randomUUID(),
      kind: 'reversal',
      reverses: settled.bizId,
      funds: [{ fund: '310102', amount: parseFen('-125.00') }],
      account: parseFen('-30.00'),
    })
    await post(reversal())
    await expect(post(reversal())).rejects.toMatchObject({ code: '23505' })
    const totals = (await readTotals(database.db, '2026-11')).filter((one) => one.payer === '511400')
    expect(totals.map((one) => [one.fund, one.amount, one.settlements, one.reversals])).toEqual([
      ['310102', 0n, 1n, 1n],
      ['310200', 0n, 1n, 1n],
    ])
    expect(await proveWindow(database.db, '2026-11')).toMatchObject({ balanced: true, disagreements: [] })
  })

  test.each(['ledger_journal', 'ledger_entry'])('%s refuses update, delete and truncate', async (table) => {
    const one = sql.table(table)
    for (const statement of [sql`update ${one} set source = 'x'`, sql`delete from ${one}`, sql`truncate ${one}`]) {
      await expect(statement.execute(database.db)).rejects.toMatchObject({ code: '42501' })
    }
  })

  const journal = async (db: Db, bizId: string, month = '2026-11'): Promise<void> => {
    await sql`insert into ledger_journal (person_id, source, biz_id, kind, event_at, created_at, month)
      values (${first.personId}, 'test', ${bizId}, 'settlement', ${now}, ${now}, ${month})`.execute(db)
  }
  const entry = async (
    db: Db,
    bizId: string,
    leg: number,
    book: string,
    amount: number,
    account = `x/${book}`,
  ): Promise<void> => {
    await sql`insert into ledger_entry (person_id, source, biz_id, leg, book, account, amount_fen)
      values (${first.personId}, 'test', ${bizId}, ${leg}, ${book}, ${account}, ${amount})`.execute(db)
  }

  test('refuses a journal that does not sum to zero, at the end of its transaction', async () => {
    const write = database.db.transaction().execute(async (tx) => {
      const bizId = randomUUID()
      await journal(tx, bizId)
      await entry(tx, bizId, 1, '510600', 100)
      await entry(tx, bizId, 2, '510600', -99)
    })
    await expect(write).rejects.toThrow(/does not balance/)
  })

  test('refuses a journal that sums to zero over two books but in neither', async () => {
    const write = database.db.transaction().execute(async (tx) => {
      const bizId = randomUUID()
      await journal(tx, bizId)
      await entry(tx, bizId, 1, '510600', 100)
      await entry(tx, bizId, 2, '510100', -100)
    })
    await expect(write).rejects.toThrow(/does not balance/)
  })

  test('refuses an entry that joins a journal later, or has none', async () => {
    await expect(entry(database.db, first.bizId, 9, '510600', 100)).rejects.toThrow(/together with its journal/)
    await expect(entry(database.db, randomUUID(), 1, '510600', 100)).rejects.toThrow(/together with its journal/)
  })

  test('refuses an entry in another book than its account names, and an account filed under another', async () => {
    const write = database.db.transaction().execute(async (tx) => {
      const bizId = randomUUID()
      await journal(tx, bizId)
      await entry(tx, bizId, 1, '510600', 100, 'fund_expense/510100/310102')
    })
    await expect(write).rejects.toMatchObject({ code: '23514', constraint: 'ledger_entry_book' })
    const account = sql`insert into ledger_account (code, book, kind, created_at)
      values ('due_to/510100/510600/2026-11', '510600', 'due_to', ${now})`
    await expect(account.execute(database.db)).rejects.toMatchObject({ constraint: 'ledger_account_code' })
  })

  test('refuses a journal in a window that is closed or was never opened', async () => {
    await post(
      posting({ month: '2026-10', eventAt: new Date('2026-10-20T00:00:00Z'), funds: [], account: parseFen('0') }),
    )
    await journal(database.db, randomUUID(), '2026-10')
    await closeWindow(database.db, '2026-10', now)
    for (const month of ['2026-10', '2026-09']) {
      await expect(journal(database.db, randomUUID(), month)).rejects.toThrow(/only into an open window/)
    }
  })

  test('posting nothing writes nothing', async () => {
    await post()
    await post(posting({ funds: [], account: parseFen('0') }))
    expect(await proveWindow(database.db, '2026-11')).toMatchObject({ balanced: true, disagreements: [] })
  })

  test('a counter that was tampered with is found by the proof', async () => {
    await sql`update ledger_total set amount_fen = amount_fen + 1
      where payer = '510600' and payee = '510100' and fund = '310102'`.execute(database.db)
    const proof = await proveWindow(database.db, '2026-11')
    expect(proof).toMatchObject({ balanced: false, dueTo: proof.dueFrom, counted: proof.dueTo + 1n })
    expect(proof.disagreements).toEqual([
      { payer: '510600', payee: '510100', dueTo: 15_500n, dueFrom: 15_500n, counted: 15_501n },
    ])
    expect(await proveWindow(database.db, '2026-11', '512000')).toMatchObject({ balanced: true, disagreements: [] })
  })
})
