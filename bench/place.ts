import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createDb } from '../src/kernel/db.ts'
import { startEmbeddedPostgres } from '../src/kernel/embedded-postgres.ts'
import { migrateToLatest } from '../src/kernel/migrate.ts'
import type { Cleanup } from './cleanup.ts'

/** A migrated database of the bench's own, written safely to disk like a real one, and the settings to reach it. */
export interface Place {
  readonly databaseUrl: string
  /** Where the processes keep files; it goes with the place. */
  readonly dir: string
  readonly env: Record<string, string>
}

/** PostgreSQL connections of each process: two of them have as many as the transactions that they are compared with. */
export const POOL = 8

export async function openPlace(cleanup: Cleanup): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-bench-'))
  cleanup.add(() => rm(dir, { recursive: true, force: true }))
  const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), durable: true, persistent: false })
  cleanup.add(() => server.stop())
  return await migrated(server.url, dir)
}

/** Another migrated database on the same server. */
export async function openDatabaseBeside(place: Place, name: string): Promise<Place> {
  const client = new pg.Client({ connectionString: place.databaseUrl })
  await client.connect()
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
  const url = new URL(place.databaseUrl)
  url.pathname = `/${name}`
  return await migrated(url.href, place.dir)
}

async function migrated(databaseUrl: string, dir: string): Promise<Place> {
  const db = createDb({ url: databaseUrl, max: 1, name: 'bench' })
  try {
    await migrateToLatest(db)
  } finally {
    await db.destroy()
  }
  return {
    databaseUrl,
    dir,
    env: {
      DATABASE_URL: databaseUrl,
      YMT_DATA_DIR: dir,
      YMT_DB_POOL: String(POOL),
      YMT_SANDBOX_KEYS: 'true',
      // The limits are for many clients at many addresses; the bench is one.
      YMT_RATE_PER_MINUTE: '100000000',
      YMT_RATE_PER_ADDRESS_MINUTE: '100000000',
    },
  }
}
