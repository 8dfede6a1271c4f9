import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

// A gate that cannot fail proves nothing: each is run on planted faults.

const ROOT = join(import.meta.dirname, '..', '..')
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ymt-checks-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const put = (file: string, text: string) => {
  mkdirSync(dirname(join(dir, file)), { recursive: true })
  writeFileSync(join(dir, file), text)
}
const run = (script: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, script), ...args], { encoding: 'utf8' })
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') }
}

describe('the clock check', () => {
  test('reports every way of asking the system for the time outside the time module', () => {
    put('src/kernel/time.ts', 'export const now = () => new Date()')
    put('src/cards/verify.ts', 'const a = Date.now()\nconst b = new Date()\nconst c = Temporal.Now.instant()\nDate()')
    const { status, lines } = run('scripts/checks/clock.mjs', dir)
    expect(status).toBe(1)
    expect(lines).toEqual([
      'asks the system for the time: src/cards/verify.ts:1 Date.now()',
      'asks the system for the time: src/cards/verify.ts:2 new Date()',
      'asks the system for the time: src/cards/verify.ts:3 Temporal.Now.instant()',
      'asks the system for the time: src/cards/verify.ts:4 Date()',
      '2 files',
    ])
  })

  test('lets dates with an argument, durations and comments be', () => {
    put('src/cards/verify.ts', '// Date.now() is not for us\nconst a = new Date(0)\nconst b = performance.now()')
    expect(run('scripts/checks/clock.mjs', dir).status).toBe(0)
  })

  test('fails when it saw no source', () => {
    const { status, lines } = run('scripts/checks/clock.mjs', dir)
    expect(status).toBe(1)
    expect(lines.join()).toContain('no source files were seen')
  })
})

describe('the table check', () => {
  beforeEach(() => {
    put('migrations/0003_ledger_accounts.sql', '-- create table not_this\ncreate table ledger_entry (id int);')
    put('migrations/0004_kernel_outbox.sql', 'create unlogged table if not exists kernel_outbox (id int);')
  })

  test('lets only the owner store name a table', () => {
    put('src/ledger/store.ts', "db.selectFrom('ledger_entry')")
    put('src/kernel/outbox-store.ts', 'sql`select * from kernel_outbox`')
    put('src/ledger/post.ts', "// ledger_entry\nthrow conflict('ledger_entry')")
    expect(run('scripts/checks/tables.mjs', dir)).toEqual({ status: 0, lines: ['2 tables, 3 files'] })
  })

  test('reports queries, joins, raw statements and row types elsewhere', () => {
    put('src/ledger/post.ts', "db.insertInto('ledger_entry')")
    put('src/cards/store.ts', "db.selectFrom('card').innerJoin('ledger_entry as e', 'e.id', 'card.id')")
    put('src/cards/count.ts', 'sql<number>`select ${x} from ledger_entry e where e.id = ${id}`')
    put('src/cards/lock.ts', "pool.query(`lock table kernel_outbox`)\ntype Row = DB['ledger_entry']")
    const { status, lines } = run('scripts/checks/tables.mjs', dir)
    expect(status).toBe(1)
    expect(lines.toSorted()).toEqual([
      '2 tables, 4 files',
      'src/cards/count.ts:1 names ledger_entry, which belongs to ledger',
      'src/cards/lock.ts:1 names kernel_outbox, which belongs to kernel',
      'src/cards/lock.ts:2 names ledger_entry, which belongs to ledger',
      'src/cards/store.ts:1 names ledger_entry, which belongs to ledger',
      'src/ledger/post.ts:1 names ledger_entry, which belongs to ledger',
    ])
  })

  test('fails when it found no table', () => {
    rmSync(join(dir, 'migrations'), { recursive: true })
    mkdirSync(join(dir, 'migrations'))
    put('src/ledger/store.ts', 'export {}')
    expect(run('scripts/checks/tables.mjs', dir).status).toBe(1)
  })

  test('fails when it saw no source', () => {
    const { status, lines } = run('scripts/checks/tables.mjs', dir)
    expect(status).toBe(1)
    expect(lines.join()).toContain('no source files were seen')
  })
})

describe('the import check', () => {
  test('reports every planted violation, and fails for a rule without one and for a violation that is none', () => {
    const planted = readFileSync(join(ROOT, 'test/fixtures/boundaries/expected.json'), 'utf8')
    const others = (JSON.parse(planted) as { rule: string }[]).filter(({ rule }) => rule !== 'rules-are-pure')
    put('expected.json', JSON.stringify([...others, { rule: 'no-cycles', from: 'src/cards/index.ts' }]))
    const { status, lines } = run('scripts/checks/boundaries.mjs', join(dir, 'expected.json'))
    expect(status).toBe(1)
    expect(lines.filter((line) => line.includes('planted violation'))).toEqual([
      'the rule rules-are-pure has no planted violation',
      'the planted violation of no-cycles in src/cards/index.ts was not reported',
      expect.stringMatching(/^[1-9]\d* modules, [1-9]\d* planted violations reported$/),
    ])
  })
})

describe('the linter', () => {
  test('reports every planted fault, with type information', () => {
    const args = [
      join(ROOT, 'node_modules/oxlint/bin/oxlint'),
      '--type-aware',
      '--config',
      join(ROOT, '.oxlintrc.json'),
    ]
    const planted = join(ROOT, 'test/fixtures/lint')
    const { status, stdout } = spawnSync(process.execPath, [...args, '--format=unix', planted], {
      encoding: 'utf8',
      cwd: planted,
    })
    expect(status).not.toBe(0)
    for (const rule of [
      'no-floating-promises',
      'no-misused-promises',
      'await-thenable',
      'switch-exhaustiveness-check',
      'no-explicit-any',
      'no-cycle',
    ]) {
      expect(stdout).toContain(`(${rule})`)
    }
  })
})
