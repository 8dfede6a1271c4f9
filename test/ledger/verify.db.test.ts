import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RawBuilder, sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Db } from '../../src/kernel/db.ts'
import { fen, parseFen } from '../../src/kernel/money.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { balanceAt, closeWindow, proveWindow } from '../../src/ledger/index.ts'
import { accountNo } from '../../src/ledger/rules.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { useDatabase } from '../support/database.ts'
import { NOW } from '../support/deps.ts'
import { aPosting, post, reversalOf, seal } from './postings.ts'

const database = useDatabase()
const now = new Date(NOW)
const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

/** As someone with all rights on the server would do it: constraints and triggers out of the way. */
async function forge(...statements: RawBuilder<unknown>[]): Promise<void> {
  await inTx(database.db, async (tx: Db) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await sql`alter table ledger_journal drop constraint ledger_journal_balanced, drop constraint ledger_journal_book`.execute(
      tx,
    )
    for (const statement of statements) await statement.execute(tx)
    await sql`alter table ledger_journal add constraint ledger_journal_balanced
      check (ledger_sum(amounts) = 0 and ledger_sum(other_amounts) = 0) not valid,
      add constraint ledger_journal_book check (
        (book::bigint * 10000000000000 <= all (accounts) and (book::bigint + 1) * 10000000000000 > all (accounts)) is true) not valid`.execute(
      tx,
    )
  })
}

const IDS = Array.from({ length: 6 }, () => randomUUID())
const id = (at: number): string => IDS[at] as string

beforeEach(async () => {
  await inTx(database.db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await sql`truncate ledger_journal, ledger_seal, ledger_seal_batch, ledger_balance, ledger_total, ledger_account, ledger_window`.execute(
      tx,
    )
    await sql`create unique index if not exists ledger_journal_reversed_once on ledger_journal (person_id, source, reverses)
      where reverses is not null`.execute(tx)
  })
  for (const at of [0, 1, 2, 3]) {
    const cross = at % 2 === 0
    const funds = [{ fund: '310102', amount: parseFen(`${at + 1}00.00`) }]
    await post(database.db, now, aPosting(now, { bizId: id(at), funds, treatmentCity: cross ? '510100' : '510600' }))
    if (at % 2 === 1) await seal(database.db, now, 2)
  }
  const back = aPosting(now, { bizId: id(4) })
  await post(database.db, now, back, reversalOf(back, { bizId: id(5) }))
})

const said = async (): Promise<string[]> =>
  (await verifyLedger(database.db)).faults.map((one) => `${one.kind}: ${one.what}`)

describe('the proof of the ledger', () => {
  test('holds over sealed journals and those not sealed yet', async () => {
    const report = await verifyLedger(database.db)
    expect(report).toMatchObject({ ok: true, journals: 6, sealed: 4, faults: [], more: false })
    expect(report.heads.map((one) => [one.book, one.month, one.no])).toEqual([
      ['510100', '2026-11', 2n],
      ['510600', '2026-11', 2n],
    ])
    await seal(database.db, now, 2)
    expect(await verifyLedger(database.db)).toMatchObject({ ok: true, journals: 6, sealed: 6 })
  })

  test('holds where a settlement of a month that was closed is taken back in the next, and finds it when it is not its opposite', async () => {
    const october = new Date('2026-10-31T15:59:59.999Z')
    const old = aPosting(october, { month: '2026-10', treatmentCity: '511400' })
    const home = aPosting(october, { month: '2026-10', treatmentCity: '510600' })
    await post(database.db, october, old, home)
    await closeWindow(database.db, '2026-10', now)
    const back = reversalOf(old, { eventAt: now, month: '2026-11' })
    await post(database.db, now, back, reversalOf(home, { eventAt: now, month: '2026-11' }))
    await seal(database.db, now, 6)
    expect(await verifyLedger(database.db)).toMatchObject({ ok: true, journals: 10 })
    // Each window balances by itself: October keeps what it paid, November has it back.
    for (const [month, owed] of [
      ['2026-10', 15_500n],
      ['2026-11', -15_500n],
    ] as const) {
      expect(await proveWindow(database.db, month, '511400')).toMatchObject({
        balanced: true,
        dueTo: owed,
        counted: owed,
      })
    }
    expect(await balanceAt(database.db, 'due_to/510600/511400/2026-10', 'now')).toBe(-15_500n)
    expect(await balanceAt(database.db, 'provider_payable/511400/H51010499001/11', october)).toBe(-15_500n)
    expect(await balanceAt(database.db, 'provider_payable/511400/H51010499001/11', 'now')).toBe(0n)
    // Given back in the name of another provider: every book and every pair still sums.
    const other = aPosting(now, { treatmentCity: '511400', institution: 'H51140299001' })
    await post(database.db, now, other)
    await forge(
      sql`update ledger_journal j set other_accounts = o.other_accounts from ledger_journal o
        where j.biz_id = ${back.bizId} and o.biz_id = ${other.bizId}`,
    )
    expect(await said()).toContainEqual(
      expect.stringMatching(/^reversal: reversal .* is not the opposite of what it takes back/),
    )
  })

  const journal = (at: number) => sql`where biz_id = ${id(at)}`
  test.each<[string, () => RawBuilder<unknown>[], RegExp]>([
    [
      'amounts that were changed and still sum to zero',
      () => [sql`update ledger_journal set amounts = array[amounts[1] + 5, amounts[2], amounts[3] - 5] ${journal(0)}`],
      /^chain: chain of 510600 2026-11, link \d: a journal or the link was changed$/,
    ],
    [
      'an amount that was changed alone',
      () => [sql`update ledger_journal set amounts[1] = amounts[1] + 5 ${journal(0)}`],
      /^unbalanced: journal .* does not sum to zero in the book 510600$/,
    ],
    [
      'an amount that was changed before it was sealed',
      () => [sql`update ledger_journal set amounts[1] = amounts[1] + 5 ${journal(4)}`],
      /^unbalanced: /,
    ],
    [
      'a time that was changed',
      () => [sql`update ledger_journal set event_at = event_at + interval '1 microsecond' ${journal(1)}`],
      /^chain: .*link 1: a journal or the link was changed$/,
    ],
    [
      'a time of writing that was changed',
      () => [sql`update ledger_journal set created_at = created_at + interval '1 microsecond' ${journal(1)}`],
      /^chain: chain of 510600 2026-11, link \d: a journal or the link was changed$/,
    ],
    [
      'a number that was changed',
      () => [sql`update ledger_journal set biz_id = ${randomUUID()} ${journal(1)}`],
      /^chain: chain of 510600 2026-11, link \d: a journal or the link was changed$/,
    ],
    [
      'a source that was changed',
      () => [sql`update ledger_journal set source = 'x' ${journal(1)}`],
      /^chain: chain of 510600 2026-11, link \d: a journal or the link was changed$/,
    ],
    [
      'a settlement that was made a reversal',
      () => [sql`update ledger_journal set kind = 'reversal', reverses = ${id(0)} ${journal(1)}`],
      /^chain: chain of 510600 2026-11, link \d: a journal or the link was changed$/,
    ],
    [
      'a transaction that was made another of the same batch',
      () => [
        sql`update ledger_journal j set written_by = o.written_by from ledger_journal o where j.biz_id = ${id(0)} and o.biz_id = ${id(1)}`,
      ],
      /^chain: chain of 510600 2026-11, link [12]: /,
    ],
    [
      'a link that was removed, by the one after it too',
      () => [sql`delete from ledger_seal where book = '510600' and no = 1`],
      /^chain: chain of 510600 2026-11, link 2: link 1 was removed$/,
    ],
    [
      'a batch whose count was changed',
      () => [sql`update ledger_seal_batch set journals = journals + 1 where no = 1`],
      /^chain: batch 1 was sealed with \d journals and has \d$/,
    ],
    [
      'a count of entries that was changed',
      () => [
        sql`update ledger_balance set entries = entries + 1 where account_no = ${accountNo('psn_account/510600')}`,
      ],
      /^balance: balance of psn_account\/510600 on 2026-11-24: /,
    ],
    [
      'another person',
      () => [sql`update ledger_journal set person_id = ${randomUUID()} ${journal(2)}`],
      /^chain: chain of 510100 2026-11, link 2: a journal or the link was changed$/,
    ],
    [
      'a journal that was removed',
      () => [sql`delete from ledger_journal ${journal(1)}`],
      /^chain: chain of 510600 2026-11, link 1: 1 of 2 journals were removed$/,
    ],
    [
      'all journals of a link that were removed',
      () => [sql`delete from ledger_journal where other_book is not null`],
      /^chain: chain of 510100 2026-11, link 1: 1 of 1 journals were removed$/,
    ],
    [
      'a journal that was moved to another month',
      () => [sql`update ledger_journal set month = '2026-10' ${journal(1)}`],
      /^chain: chain of 510600 2026-10: 1 journals of batch 1 have no link/,
    ],
    [
      'a journal that was put in behind',
      () => [
        sql`insert into ledger_journal (event_at, created_at, written_by, person_id, biz_id, source, kind, month, book, accounts, amounts)
          select event_at, created_at, written_by, person_id, ${randomUUID()}::uuid, source, kind, month, book, accounts, amounts
          from ledger_journal ${journal(1)}`,
      ],
      /^chain: chain of 510600 2026-11, link 1: 1 journals were added after sealing$/,
    ],
    [
      'a link that was removed',
      () => [sql`delete from ledger_seal where book = '510600' and no = 1`],
      /^chain: chain of 510600 2026-11: 2 journals of batch 1 have no link/,
    ],
    [
      'a batch that was removed',
      () => [sql`delete from ledger_seal_batch where no = 1`],
      /^chain: batch 1 of the seals was removed$/,
    ],
    [
      'a hash that was changed',
      () => [sql`update ledger_seal set hash = sha256('x') where book = '510600' and no = 1`],
      /^chain: chain of 510600 2026-11, link \d: a journal or the link was changed$/,
    ],
    [
      'a counter that was changed',
      () => [sql`update ledger_total set amount_fen = amount_fen + 1 where payee = '510100' and fund = '310102'`],
      /^counter: counter 2026-11 510600 510100 310102 11: kept 400\.01 \(3 settled, 1 reversed\), entries give 400\.00 \(3 settled, 1 reversed\)$/,
    ],
    [
      'a count that was changed',
      () => [sql`update ledger_total set reversals = 0 where payee = '510100' and fund = '310102'`],
      /^counter: /,
    ],
    [
      'a counter that was removed',
      () => [sql`delete from ledger_total where fund = '310200'`],
      /kept nothing, entries give/,
    ],
    [
      'a counter of nothing',
      () => [sql`insert into ledger_total values ('2026-11', '512000', '511400', '310102', '11', 3, 100, 1, 0)`],
      /^counter: counter 2026-11 512000 511400 310102 11: kept 1\.00 .*entries give nothing$/,
    ],
    [
      'a balance that was changed',
      () => [
        sql`update ledger_balance set amount_fen = amount_fen + 1 where account_no = ${accountNo('psn_account/510600')}`,
      ],
      /^balance: balance of psn_account\/510600 on 2026-11-24: kept 120\.01, entries give 120\.00$/,
    ],
    [
      'a balance that was removed',
      () => [sql`delete from ledger_balance where account_no = ${accountNo('psn_account/510600')}`],
      /^balance: .*kept nothing, entries give 120\.00$/,
    ],
    [
      'an account that was removed',
      () => [sql`delete from ledger_account where code = 'psn_account/510600'`],
      /^unregistered: journal .* names an account that the book 510600 does not have$/,
    ],
    [
      'an account of another book',
      () => [
        sql`update ledger_journal set accounts[1] = ${accountNo('provider_payable/510100/H51010499001/11')} ${journal(4)}`,
      ],
      /^unregistered: /,
    ],
    [
      'one city that owes what the other does not claim',
      () => [
        sql`update ledger_journal set other_amounts = array[other_amounts[1] + 7, other_amounts[2] - 7] ${journal(4)}`,
      ],
      /^pair: due_to and due_from of 510600 510100 2026-11 differ by 0\.07$/,
    ],
    [
      'a reversal that takes back something else',
      () => [sql`update ledger_journal set amounts = array[amounts[1] + 5, amounts[2] - 5, amounts[3]] ${journal(5)}`],
      /^reversal: reversal .* is not the opposite of what it takes back, or not the only one$/,
    ],
    [
      'a settlement that was taken back twice',
      () => [
        sql`drop index ledger_journal_reversed_once`,
        sql`insert into ledger_journal (event_at, created_at, person_id, biz_id, reverses, source, kind, month, book, accounts, amounts,
            other_book, other_accounts, other_amounts)
          select event_at, created_at, person_id, ${randomUUID()}::uuid, reverses, source, kind, month, book, accounts, amounts,
            other_book, other_accounts, other_amounts from ledger_journal ${journal(5)}`,
      ],
      /^reversal: reversal .* or not the only one$/,
    ],
    [
      'a link of no batch, from which the sealer would go on',
      () => [
        sql`insert into ledger_seal select book, month, no + 1, 9, journals, alg, sha256('x') from ledger_seal where book = '510600' and no = 2`,
      ],
      /^chain: chain of 510600 2026-11, link 3: its batch 9 was removed, or it was put in$/,
    ],
    [
      'a reversal of nothing',
      () => [sql`update ledger_journal set reverses = ${randomUUID()} ${journal(5)}`],
      /^reversal: /,
    ],
  ])('finds %s', async (_what, statements, finding) => {
    await forge(...statements())
    const faults = await said()
    expect(
      faults.some((one) => finding.test(one)),
      faults.join('\n'),
    ).toBe(true)
  })

  test.each<[string, RawBuilder<unknown>, RawBuilder<unknown>, string]>([
    [
      'a trigger that was turned off',
      sql`alter table ledger_journal disable trigger ledger_journal_append_only`,
      sql`alter table ledger_journal enable trigger ledger_journal_append_only`,
      'the trigger ledger_journal_append_only of ledger_journal is off or gone',
    ],
    [
      'a constraint that was dropped',
      sql`alter table ledger_journal rename constraint ledger_journal_form to x`,
      sql`alter table ledger_journal rename constraint x to ledger_journal_form`,
      'the constraint ledger_journal_form of ledger_journal is gone',
    ],
    [
      'an index that was dropped',
      sql`alter index ledger_journal_reversed_once rename to x`,
      sql`alter index x rename to ledger_journal_reversed_once`,
      'a journal may be taken back twice: the unique index ledger_journal_reversed_once is gone',
    ],
    [
      'a right to change that was given',
      sql`grant update, delete on ledger_journal to public`,
      sql`revoke update, delete on ledger_journal from public`,
      'everybody may delete in ledger_journal',
    ],
  ])('finds %s', async (_what, open, shut, finding) => {
    await open.execute(database.db)
    const faults = await said()
    await shut.execute(database.db)
    expect(faults).toContain(`guard: ${finding}`)
    expect(await verifyLedger(database.db)).toMatchObject({ ok: true })
  })

  test('finds an end that was cut off or hashed anew by links that were kept elsewhere', async () => {
    const anchors = (await verifyLedger(database.db)).heads
    expect(await verifyLedger(database.db, { anchors })).toMatchObject({ ok: true })
    await forge(
      sql`delete from ledger_seal where batch = 2`,
      sql`delete from ledger_seal_batch where no = 2`,
      sql`delete from ledger_journal ${journal(3)}`,
    )
    const { faults } = await verifyLedger(database.db, { anchors })
    expect(faults.map((one) => one.what)).toContainEqual(expect.stringMatching(/kept elsewhere, is in no chain/))
  })

  test('tells how far it is, and does not hold up sealing or posting', async () => {
    const steps: [number, number][] = []
    await verifyLedger(database.db, { progress: (done, of) => void steps.push([done, of]) })
    // One step a batch. How many batches there are depends on what else the server was doing when they were sealed.
    const done = steps.map(([one]) => one)
    expect(done.slice(0, -1)).toContain(4)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(steps.at(-1)).toEqual([6, 6])
  })

  test('lists some of many faults and says that there are more', async () => {
    const many = Array.from({ length: 40 }, () =>
      aPosting(now, { treatmentCity: '510600', funds: [{ fund: '310102', amount: fen(100n) }] }),
    )
    await post(database.db, now, ...many)
    await forge(sql`update ledger_journal set amounts[1] = amounts[1] + 1 where ${fen(100n)} = amounts[1]`)
    const report = await verifyLedger(database.db)
    expect(report.faults.filter((one) => one.kind === 'unbalanced')).toHaveLength(20)
    expect(report.more).toBe(true)
  })
})

describe('npm run ledger -- verify', () => {
  const run = (...args: string[]): Promise<{ code: number | null; out: string }> =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, DATABASE_URL: database.url, YMT_SANDBOX_KEYS: 'true' }
      const child = spawn(process.execPath, [main, 'ledger', ...args], { env })
      let out = ''
      child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => void (out += chunk.toString()))
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, out }))
    })

  test('says that untouched books hold, and with exit code 1 what does not', { timeout: 60_000 }, async () => {
    const good = await run('verify')
    expect(good.out).toMatch(/ledger ok on \d{4}-\d{2}-\d{2}: 6 journals, 2 waiting to be sealed, 0 differences/)
    expect(good.out).toMatch(/head +510600 2026-11 2 [0-9a-f]{64}/)
    expect(good.code).toBe(0)
    await forge(
      sql`update ledger_journal set amounts = array[amounts[1] + 5, amounts[2], amounts[3] - 5] where biz_id = ${id(0)}`,
    )
    const bad = await run('verify')
    expect(bad.out).toMatch(/chain +chain of 510600 2026-11, link 1: a journal or the link was changed/)
    expect(bad.out).toMatch(/ledger BROKEN/)
    expect(bad.code).toBe(1)
  })

  test('compares what an earlier report had as ends, kept elsewhere', { timeout: 60_000 }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ymt-anchor-'))
    const report = join(dir, 'report.txt')
    try {
      await writeFile(report, (await run('verify')).out)
      await seal(database.db, now, 2)
      const grown = await run('verify', '--anchor', report)
      expect(grown.out).toMatch(/anchors +2 links kept elsewhere were compared/)
      expect(grown.code).toBe(0)

      // All is gone, counters too: what is left holds by itself.
      await inTx(database.db, async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx)
        await sql`truncate ledger_journal, ledger_seal, ledger_seal_batch, ledger_balance, ledger_total`.execute(tx)
      })
      expect((await run('verify')).code).toBe(0)
      const cut = await run('verify', '--anchor', report)
      expect(
        cut.out.match(/chain +the link 510[16]00 2026-11 [0-9a-f]{64}, kept elsewhere, is in no chain/g),
      ).toHaveLength(2)
      expect(cut.code).toBe(1)

      await writeFile(report, 'ledger ok')
      expect(await run('verify', '--anchor', report)).toMatchObject({
        code: 1,
        out: expect.stringMatching(/has no line "head BOOK MONTH NUMBER HASH"/),
      })
      for (const args of [['--anchor'], ['--anchor', join(dir, 'none')], [report], ['--anchor', report, 'x']]) {
        expect((await run('verify', ...args)).code).toBe(1)
      }
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  test('tells balances, and refuses what is no account or time', { timeout: 60_000 }, async () => {
    expect(await run('balance', 'psn_account/510600')).toEqual({ code: 0, out: '120.00\n' })
    expect(await run('balance', 'psn_account/510600', '2026-11-24')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/no time with a zone/),
    })
    expect(await run('balance', "x'; drop")).toMatchObject({ code: 1, out: expect.stringMatching(/Usage/) })
  })
})
