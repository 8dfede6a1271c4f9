import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDb } from '../../src/kernel/db.ts'
import { migrateToLatest, pendingMigrations } from '../../src/kernel/migrate.ts'
import { useEmptyDatabase } from '../support/database.ts'

describe('migrations', () => {
  const database = useEmptyDatabase()
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ymt-migrations-'))
    await sql`drop schema public cascade`.execute(database.db)
    await sql`create schema public`.execute(database.db)
  })
  afterEach(() => rm(dir, { recursive: true }))

  const put = (file: string, text: string) => writeFile(join(dir, file), text)
  const tables = async () => {
    const { rows } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'schema_%' order by 1
    `.execute(database.db)
    return rows.map((row) => row.name)
  }

  test('are applied in the order of their numbers, many statements a file', async () => {
    await put('0002_beta_rows.sql', 'insert into alpha values (1); insert into alpha values (2);')
    await put('0001_alpha_table.sql', 'create table alpha (id int primary key); comment on table alpha is $$a;b$$;')
    expect(await migrateToLatest(database.db, dir)).toEqual(['0001_alpha_table', '0002_beta_rows'])
    const { rows } = await sql<{ id: number }>`select id from alpha order by id`.execute(database.db)
    expect(rows).toEqual([{ id: 1 }, { id: 2 }])
  })

  test('of a slice with a lower number come to a database that has higher ones already', async () => {
    await put('0001_alpha_table.sql', 'create table alpha (id int);')
    await put('0010_beta_table.sql', 'create table beta (id int);')
    await migrateToLatest(database.db, dir)
    await put('0002_alpha_more.sql', 'create table alpha_more (id int);')
    expect(await pendingMigrations(database.db, dir)).toEqual(['0002_alpha_more'])
    expect(await migrateToLatest(database.db, dir)).toEqual(['0002_alpha_more'])
    expect(await tables()).toEqual(['alpha', 'alpha_more', 'beta'])
  })

  test('are applied once, later ones on top', async () => {
    await put('0001_alpha_table.sql', 'create table alpha (id int);')
    await migrateToLatest(database.db, dir)
    expect(await migrateToLatest(database.db, dir)).toEqual([])
    expect(await pendingMigrations(database.db, dir)).toEqual([])
    await put('0002_alpha_more.sql', 'create table alpha_more (id int);')
    expect(await pendingMigrations(database.db, dir)).toEqual(['0002_alpha_more'])
    expect(await tables()).toEqual(['alpha'])
    expect(await migrateToLatest(database.db, dir)).toEqual(['0002_alpha_more'])
    expect(await tables()).toEqual(['alpha', 'alpha_more'])
  })

  test('a failing file is named and leaves nothing of itself or its neighbours', async () => {
    await put('0001_alpha_table.sql', 'create table alpha (id int);')
    await put('0002_beta_broken.sql', 'create table beta (id int); select from no_such_table;')
    await expect(migrateToLatest(database.db, dir)).rejects.toThrow(/0002_beta_broken\.sql failed: .*no_such_table/)
    expect(await tables()).toEqual([])
  })

  test('a badly named file and a repeated number are refused', async () => {
    await put('1_alpha.sql', 'select 1')
    await expect(migrateToLatest(database.db, dir)).rejects.toThrow('1_alpha.sql is not named NNNN_slice_what.sql')
    await rm(join(dir, '1_alpha.sql'))
    await put('0001_alpha_one.sql', 'select 1')
    await put('0001_beta_two.sql', 'select 1')
    await expect(migrateToLatest(database.db, dir)).rejects.toThrow('0001_beta_two.sql repeats the number 0001')
  })

  test('two processes that start at the same time apply each file once', async () => {
    await put('0001_alpha_table.sql', 'create table alpha (id int); select pg_sleep(0.2);')
    const others = [createDb({ url: database.url }), createDb({ url: database.url })]
    try {
      const applied = await Promise.all(others.map((db) => migrateToLatest(db, dir)))
      expect(applied.flat()).toEqual(['0001_alpha_table'])
    } finally {
      await Promise.all(others.map((db) => db.destroy()))
    }
  })

  test('the real ones apply to an empty database', async () => {
    const applied = await migrateToLatest(database.db)
    expect(applied.length).toBeGreaterThan(0)
    expect((await tables()).length).toBeGreaterThan(0)
  })
})
