import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { createDb, type Database } from '../../src/kernel/db.ts'

/** A migrated database that only this test file uses. Its fields are set from `beforeAll` on. */
export interface TestDatabase {
  readonly url: string
  readonly db: Database
}

/**
 * Gives the test file a clone of the migrated template, and after its last test asserts that everything that was
 * opened on it has been closed: a pool or a worker that leaks in a test leaks in production.
 *
 * Call it at the top of the file or of a `describe`; hooks that run after its own must close what they opened.
 */
export function useDatabase(): TestDatabase {
  return useCloneOf(() => inject('templateName'))
}

/** A database without any table, for what creates them itself. */
export function useEmptyDatabase(): TestDatabase {
  return useCloneOf(() => 'template0')
}

function useCloneOf(template: () => string): TestDatabase {
  const name = `ymt_test_${randomBytes(6).toString('hex')}`
  const adminUrl = inject('adminUrl')
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  let db: Database | undefined

  beforeAll(async () => {
    await onServer(adminUrl, (admin) => admin.query(`create database ${name} template ${template()}`))
    db = createDb({ url: url.href })
  })

  afterAll(async () => {
    await db?.destroy()
    await onServer(adminUrl, async (admin) => {
      const leaked = await leftConnections(admin, name)
      await admin.query(`drop database if exists ${name} with (force)`)
      assert.deepEqual(leaked, [], 'connections to the test database were left open')
    })
  })

  return {
    url: url.href,
    get db() {
      assert.ok(db !== undefined, 'useDatabase() gives its database from beforeAll on')
      return db
    },
  }
}

/** What is still connected. A closed client's server process takes a moment to go, so it gets up to two seconds. */
async function leftConnections(admin: pg.Client, name: string): Promise<readonly string[]> {
  for (let tries = 40; ; tries--) {
    const { rows } = await admin.query<{ what: string }>(
      `select application_name || ': ' || left(query, 120) as what from pg_stat_activity
       where datname = $1 and backend_type = 'client backend'`,
      [name],
    )
    if (rows.length === 0 || tries === 0) return rows.map((row) => row.what)
    await new Promise((done) => setTimeout(done, 50))
  }
}

async function onServer(url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url, application_name: 'ymt-test-admin' })
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}
