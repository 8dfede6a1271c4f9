import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDb } from '../src/kernel/db.ts'
import { startEmbeddedPostgres } from '../src/kernel/embedded-postgres.ts'
import { migrateToLatest } from '../src/kernel/migrate.ts'
import type { Cleanup } from './cleanup.ts'

/** A migrated database of the bench's own, written safely to disk like a real one, and the settings to reach it. */
export interface Place {
  readonly databaseUrl: string
  readonly env: Record<string, string>
}

/** PostgreSQL connections of each process: two of them have as many as the transactions that they are compared with. */
export const POOL = 8

export async function openPlace(cleanup: Cleanup): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-bench-'))
  cleanup.add(() => rm(dir, { recursive: true, force: true }))
  const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), durable: true, persistent: false })
  cleanup.add(() => server.stop())
  const db = createDb({ url: server.url, max: 1, name: 'bench' })
  try {
    await migrateToLatest(db)
  } finally {
    await db.destroy()
  }
  return {
    databaseUrl: server.url,
    env: {
      DATABASE_URL: server.url,
      YMT_DATA_DIR: dir,
      YMT_LOG_LEVEL: 'warn',
      YMT_DB_POOL: String(POOL),
      YMT_SANDBOX_KEYS: 'true',
      // The limits are for many clients at many addresses; the bench is one.
      YMT_RATE_PER_MINUTE: '100000000',
      YMT_RATE_PER_ADDRESS_MINUTE: '100000000',
    },
  }
}
