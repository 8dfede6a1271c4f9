import { join } from 'node:path'
import { type Config, readConfig } from '../kernel/config.ts'
import { createDb, type Database } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../kernel/embedded-postgres.ts'
import { checkKeyring } from '../kernel/keyring-check.ts'
import { migrateToLatest, pendingMigrations } from '../kernel/migrate.ts'
import { CommandError } from './command.ts'

/** The database of this process: the configured one, a running embedded one, or one started here. */
export interface OpenedDatabase {
  readonly url: string
  readonly where: string
  /** Stops the server where this process started it. */
  stop(): Promise<void>
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const embeddedDir = (config: Config): string => join(config.dataDir, 'postgres')

/** For the serving processes: a second owner of the embedded database is refused. */
export async function openDatabase(config: Config): Promise<OpenedDatabase> {
  if (config.databaseUrl !== undefined) return configured(config.databaseUrl)
  const running = await findEmbeddedPostgres(embeddedDir(config))
  if (running !== null) {
    throw new CommandError(
      `Yimatong is already running on the embedded database of this folder (process ${running.pid}). Stop it, or set YMT_DATA_DIR or DATABASE_URL.`,
    )
  }
  const server = await startEmbeddedPostgres({ dir: embeddedDir(config), log: say })
  return { url: server.url, where: `embedded PostgreSQL in ${server.dataDir}`, stop: () => server.stop() }
}

/** For commands and workers: joins the embedded database that another process already runs. */
export async function joinDatabase(config: Config): Promise<OpenedDatabase> {
  if (config.databaseUrl !== undefined) return configured(config.databaseUrl)
  const running = await findEmbeddedPostgres(embeddedDir(config))
  if (running === null) return await openDatabase(config)
  return { url: running.url, where: `embedded PostgreSQL of process ${running.pid}`, stop: async () => {} }
}

const configured = (url: string): OpenedDatabase => {
  const { host, pathname } = new URL(url)
  return { url, where: `PostgreSQL at ${host}${pathname}`, stop: async () => {} }
}

/** Runs `work` with a short-lived pool. */
export async function withDb<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = createDb({ url, max: 2, name: 'ymt-command' })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

/**
 * An embedded database is migrated at once: there is one machine and nobody to ask. A configured one is migrated
 * by `migrate`, deliberately; a process that finds it behind does not start.
 */
export async function ensureSchema(config: Config, url: string): Promise<void> {
  await withDb(url, async (db) => {
    if (config.databaseUrl === undefined) {
      await migrateToLatest(db)
      return
    }
    const pending = await pendingMigrations(db)
    if (pending.length > 0) {
      throw new CommandError(
        `The database lacks ${pending.length} migration(s), first ${pending[0]}. Run: node src/main.ts migrate`,
      )
    }
  })
}

/** Before anything is read or written: with other keys nothing could be read, and what is written nobody else could. */
export async function ensureKeyring(deps: Pick<Deps, 'db' | 'keyring' | 'clock'>): Promise<void> {
  if (await checkKeyring(deps.db, deps.keyring, deps.clock)) return
  throw new CommandError(
    'This keyring is not the one that this database was written with. Set YMT_KEYRING_FILE (or YMT_DATA_DIR) to that of the running service.',
  )
}

/** Work of a command on the database that the environment names, or the embedded one. */
export async function onDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  const database = await joinDatabase(readConfig(process.env))
  try {
    await withDb(database.url, work)
  } finally {
    await database.stop()
  }
}
