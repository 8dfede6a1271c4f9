import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { MIGRATIONS_DIR, migrateToLatest } from '../../src/kernel/migrate.ts'
import { proveWindow, readEntries, readTotals } from '../../src/ledger/index.ts'
import { useEmptyDatabase } from '../support/database.ts'

const database = useEmptyDatabase()
const dirs: string[] = []
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true })
})

/** The migrations that a running system had before journals became one row. */
async function before(number: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-test-migrations-'))
  dirs.push(dir)
  for (const file of await readdir(MIGRATIONS_DIR)) {
    if (file.endsWith('.sql') && file.slice(0, 4) < number) await copyFile(join(MIGRATIONS_DIR, file), join(dir, file))
  }
  return dir
}

const PERSON = '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'
const CROSS = '01975b4e-6a3c-7e10-9b1f-000000000001'
const BACK = '01975b4e-6a3c-7e10-9b1f-000000000002'
const LOCAL = '01975b4e-6a3c-7e10-9b1f-000000000003'
const EMPTY = '01975b4e-6a3c-7e10-9b1f-000000000004'
const AT = new Date('2026-10-20T02:00:00Z')

const ENTRIES: readonly (readonly [string, string, bigint])[] = [
  [CROSS, 'fund_expense/510600/310102', 12_500n],
  [CROSS, 'psn_account/510600', 3_000n],
  [CROSS, 'due_to/510600/510100/2026-10', -15_500n],
  [CROSS, 'due_from/510100/510600/2026-10', 15_500n],
  [CROSS, 'provider_payable/510100/H51010499001/11', -15_500n],
  [BACK, 'fund_expense/510600/310102', -12_500n],
  [BACK, 'psn_account/510600', -3_000n],
  [BACK, 'due_to/510600/510100/2026-10', 15_500n],
  [BACK, 'due_from/510100/510600/2026-10', -15_500n],
  [BACK, 'provider_payable/510100/H51010499001/11', 15_500n],
  [LOCAL, 'fund_expense/510100/310102', 700n],
  [LOCAL, 'provider_payable/510100/H51010499001/11', -700n],
]

test('what was booked before journals became one row is carried over, entry by entry', async () => {
  const { db } = database
  await migrateToLatest(db, await before('0125'))
  await db.transaction().execute(async (tx) => {
    await sql`insert into ledger_window (month, opened_at) values ('2026-10', ${AT})`.execute(tx)
    for (const [bizId, kind, reverses] of [
      [CROSS, 'settlement', null],
      [BACK, 'reversal', CROSS],
      [LOCAL, 'settlement', null],
      [EMPTY, 'settlement', null],
    ]) {
      await sql`insert into ledger_journal (person_id, source, biz_id, kind, event_at, created_at, month, reverses)
        values (${PERSON}, 'settlement', ${bizId}, ${kind}, ${AT}, ${AT}, '2026-10', ${reverses})`.execute(tx)
    }
    const rows = ENTRIES.map(([biz_id, account, amount], at) => ({
      biz_id,
      account,
      amount: String(amount),
      leg: at + 1,
      book: account.split('/')[1],
    }))
    await sql`insert into ledger_entry (person_id, source, biz_id, leg, book, account, amount_fen)
      select ${PERSON}, 'settlement', biz_id, leg, book, account, amount
      from json_to_recordset(${JSON.stringify(rows)}::json) as e (biz_id uuid, account text, amount bigint, leg smallint, book text)`.execute(
      tx,
    )
    await sql`insert into ledger_total values ('2026-10', '510600', '510100', '310102', '11', 15, 0, 1, 1),
      ('2026-10', '510600', '510100', '310200', '11', 15, 0, 1, 1), ('2026-10', '510100', '510100', '310102', '11', 15, 700, 1, 0)`.execute(
      tx,
    )
  })

  await migrateToLatest(db)

  const all = []
  for (const book of ['510600', '510100']) {
    const bizIds = [CROSS, BACK, LOCAL, EMPTY]
    all.push(...(await readEntries(db, { personId: PERSON, source: 'settlement', bizIds, book })))
  }
  const sorted = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => row.join(' ')).sort()
  expect(sorted(all.map((one) => [one.bizId, one.account, one.amount]))).toEqual(sorted(ENTRIES))
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ledger_journal`.execute(db)
  expect(rows).toEqual([{ n: 4 }])
  expect(await proveWindow(db, '2026-10')).toMatchObject({ balanced: true, disagreements: [] })
  expect((await readTotals(db, '2026-10')).map((one) => one.amount)).toEqual([700n, 0n, 0n])
})
