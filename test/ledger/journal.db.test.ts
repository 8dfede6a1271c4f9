import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../src/kernel/db.ts'
import { parseFen } from '../../src/kernel/money.ts'
import { closeWindow, type Posting, proveWindow, readTotals } from '../../src/ledger/index.ts'
import { accountNo } from '../../src/ledger/rules.ts'
import { useDatabase } from '../support/database.ts'
import { NOW } from '../support/deps.ts'
import { aPosting, post as postAt, reversalOf } from './postings.ts'

const database = useDatabase()
const now = new Date(NOW)

const posting = (more: Partial<Posting> = {}): Posting => aPosting(now, more)

const post = async (...postings: Posting[]): Promise<void> => await postAt(database.db, now, ...postings)

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
    const reversal = (): Posting => reversalOf(settled)
    await post(reversal())
    await expect(post(reversal())).rejects.toMatchObject({ code: '23505' })
    const totals = (await readTotals(database.db, '2026-11')).filter((one) => one.payer === '511400')
    expect(totals.map((one) => [one.fund, one.amount, one.settlements, one.reversals])).toEqual([
      ['310102', 0n, 1n, 1n],
      ['310200', 0n, 1n, 1n],
    ])
    expect(await proveWindow(database.db, '2026-11')).toMatchObject({ balanced: true, disagreements: [] })
  })

  test.each(['ledger_journal', 'ledger_seal', 'ledger_seal_batch'])(
    '%s refuses update, delete and truncate',
    async (table) => {
      const one = sql.table(table)
      const column = sql.ref(table === 'ledger_journal' ? 'created_at' : 'journals')
      for (const statement of [
        sql`update ${one} set ${column} = ${column}`,
        sql`delete from ${one}`,
        sql`truncate ${one} cascade`,
      ]) {
        await expect(statement.execute(database.db)).rejects.toMatchObject({ code: '42501' })
      }
    },
  )

  test('entries are a view of the journals: nothing can be written into them', async () => {
    await expect(sql`delete from ledger_entry`.execute(database.db)).rejects.toMatchObject({ code: '55000' })
  })

  test('its tables give no right to change anything, not even to their owner', async () => {
    const { rows } = await sql<{ table: string; right: string }>`
      select t as table, right_of as right
      from unnest(array['ledger_journal', 'ledger_seal', 'ledger_seal_batch']) t
      join pg_class c on c.oid = t::regclass,
      lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a, lateral (values (a.privilege_type)) r (right_of)
      where right_of in ('UPDATE', 'DELETE', 'TRUNCATE')
    `.execute(database.db)
    expect(rows).toEqual([])
  })

  interface RawSide {
    readonly book: string
    readonly accounts: readonly string[]
    readonly amounts: readonly (number | string | null)[]
  }
  const account = (book: string, n = 0): string => String(BigInt(book) * 10_000_000_000_000n + BigInt(n))
  const side = (book: string, ...amounts: RawSide['amounts']): RawSide => ({
    book,
    accounts: amounts.map((_, at) => account(book, at)),
    amounts,
  })
  const NOTHING: RawSide = { book: '510600', accounts: [], amounts: [] }

  const journal = async (db: Db, month = '2026-11', own: RawSide = NOTHING, other?: RawSide): Promise<void> => {
    await sql`insert into ledger_journal (person_id, source, biz_id, kind, event_at, created_at, month, book, accounts, amounts,
        other_book, other_accounts, other_amounts)
      values (${first.personId}, 'test', ${randomUUID()}, 'settlement', ${now}, ${now}, ${month},
        ${own.book}, ${own.accounts}::bigint[], ${own.amounts}::bigint[],
        ${other?.book}, ${other?.accounts}::bigint[], ${other?.amounts}::bigint[])`.execute(db)
  }

  test.each<[string, RawSide, RawSide | undefined, string]>([
    ['does not sum to zero', side('510600', 100, -99), undefined, 'ledger_journal_balanced'],
    [
      'sums to zero over two books but in neither',
      side('510600', 100),
      side('510100', -100),
      'ledger_journal_balanced',
    ],
    ['does not sum to zero in the other book', side('510600', 1, -1), side('510100', 5, -4), 'ledger_journal_balanced'],
    ['has a leg of zero', side('510600', 0, 5, -5), undefined, 'ledger_journal_form'],
    ['has a leg of nothing', side('510600', null, 5, -5), undefined, 'ledger_journal_form'],
    ['has a leg of nothing in the other book', side('510600'), side('510100', null), 'ledger_journal_other_form'],
    [
      'has more legs than are summed',
      side('510600', ...Array.from({ length: 15 }, () => 1), -15, 5),
      undefined,
      'ledger_journal_form',
    ],
    [
      'has an account without an amount',
      { ...side('510600', 1, -1), accounts: [account('510600')] },
      undefined,
      'ledger_journal_form',
    ],
    [
      'stands in another book than its accounts',
      { ...side('510100', 1, -1), book: '510600' },
      undefined,
      'ledger_journal_book',
    ],
    [
      'stands in the book after that of its accounts',
      { ...side('510101', 1, -1), book: '510100' },
      undefined,
      'ledger_journal_book',
    ],
    [
      'stands in the other book with accounts of its own',
      side('510600', 1, -1),
      { ...side('510600', 1, -1), book: '510100' },
      'ledger_journal_other_book',
    ],
    ['names its own book as the other', side('510600', 1, -1), side('510600', 1, -1), 'ledger_journal_other_form'],
  ])('refuses a journal that %s', async (_what, own, other, constraint) => {
    await expect(journal(database.db, '2026-11', own, other)).rejects.toMatchObject({ code: '23514', constraint })
  })

  test('refuses legs outside the places that are summed', async () => {
    const hidden = sql`insert into ledger_journal (person_id, source, biz_id, kind, event_at, created_at, month, book, accounts, amounts)
      values (${first.personId}, 'test', ${randomUUID()}, 'settlement', ${now}, ${now}, '2026-11', '510600',
        ${`{${account('510600')}}`}::bigint[], '[17:17]={100}')`
    await expect(hidden.execute(database.db)).rejects.toMatchObject({ constraint: 'ledger_journal_form' })
  })

  test('refuses sums beyond the range instead of going round', async () => {
    const most = '9223372036854775807'
    await expect(journal(database.db, '2026-11', side('510600', most, 1, `-${most}`, -1))).rejects.toMatchObject({
      code: '22003',
    })
  })

  test('refuses an account that is filed under another book', async () => {
    const account = sql`insert into ledger_account (code, book, kind, created_at)
      values ('due_to/510100/510600/2026-11', '510600', 'due_to', ${now})`
    await expect(account.execute(database.db)).rejects.toMatchObject({ constraint: 'ledger_account_code' })
  })

  test('an account is never deleted, and keeps its code', async () => {
    for (const statement of [
      sql`delete from ledger_account`,
      sql`truncate ledger_account cascade`,
      sql`update ledger_account set code = 'cash/510100', kind = 'cash', book = '510100' where book = '510600'`,
    ]) {
      await expect(statement.execute(database.db)).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('the database numbers accounts as the code does', async () => {
    const { rows } = await sql<{ code: string; no: bigint }>`select code, account_no as no from ledger_account`.execute(
      database.db,
    )
    expect(rows.length).toBeGreaterThan(4)
    for (const { code, no } of rows) expect(accountNo(code)).toBe(no)
  })

  test('refuses a journal in a window that is closed or was never opened', async () => {
    await post(
      posting({ month: '2026-10', eventAt: new Date('2026-10-20T00:00:00Z'), funds: [], account: parseFen('0') }),
    )
    await journal(database.db, '2026-10')
    await closeWindow(database.db, '2026-10', now)
    for (const month of ['2026-10', '2026-09']) {
      await expect(journal(database.db, month)).rejects.toThrow(/only into an open window/)
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
