import { readConfig } from '../kernel/config.ts'
import { migrateToLatest } from '../kernel/migrate.ts'
import { joinDatabase, withDb } from './database.ts'

export async function runMigrate(): Promise<void> {
  const database = await joinDatabase(readConfig(process.env))
  try {
    const applied = await withDb(database.url, (db) => migrateToLatest(db))
    for (const name of applied) process.stdout.write(`applied ${name}\n`)
    process.stdout.write(
      applied.length === 0 ? 'The schema is up to date.\n' : `${applied.length} migration(s) applied.\n`,
    )
  } finally {
    await database.stop()
  }
}
