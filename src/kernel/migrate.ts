import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'

/** Where the numbered SQL files lie, beside `src/`. */
export const MIGRATIONS_DIR: string = join(import.meta.dirname, '..', '..', 'migrations')

// Four digits, the owning slice, what it does: the slice name is what the table-ownership check reads.
const FILE_NAME = /^\d{4}_[a-z]+_[a-z0-9_]+\.sql$/

/**
 * Applies every migration that this database has not seen yet, in the order of the file numbers.
 *
 * All pending files run in one transaction under a lock that Kysely holds, so that two processes that start at the
 * same time apply each file once, and a failing file leaves the database as it was.
 *
 * @returns the names of the files applied now, without their ending; empty when there was nothing to do.
 * @throws Error naming the file that failed, with the database's error as its cause.
 */
export async function migrateToLatest<DB>(db: Kysely<DB>, dir: string = MIGRATIONS_DIR): Promise<readonly string[]> {
  const { error, results = [] } = await migratorFor(db, dir).migrateToLatest()
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')
    const what = failed === undefined ? `in ${dir}` : `${failed.migrationName}.sql`
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`migration ${what} failed: ${why}`, { cause: error })
  }
  return results.map((result) => result.migrationName)
}

function migratorFor<DB>(db: Kysely<DB>, dir: string): Migrator {
  return new Migrator({
    db,
    provider: sqlFiles(dir),
    migrationTableName: 'schema_migration',
    migrationLockTableName: 'schema_migration_lock',
    // Numbers are given out to slices in ranges: a new file of one slice comes to databases that have later ones already.
    allowUnorderedMigrations: true,
  })
}

/** Forward only: no `down`, because undoing a change to data that people rely on is a new migration, with its reason. */
function sqlFiles(dir: string): MigrationProvider {
  return {
    async getMigrations() {
      const migrations: Record<string, Migration> = {}
      const numbers = new Set<string>()
      for (const file of (await readdir(dir)).sort()) {
        if (!file.endsWith('.sql')) continue
        if (!FILE_NAME.test(file)) throw new Error(`migration ${file} is not named NNNN_slice_what.sql`)
        const number = file.slice(0, 4)
        if (numbers.has(number)) throw new Error(`migration ${file} repeats the number ${number}`)
        numbers.add(number)
        const text = await readFile(join(dir, file), 'utf8')
        migrations[file.slice(0, -'.sql'.length)] = {
          // Without parameters pg sends one simple query, which may hold many statements.
          up: async (db) => void (await sql.raw(text).execute(db)),
        }
      }
      return migrations
    },
  }
}

/** Names of the files that a database has not seen yet. */
export async function pendingMigrations<DB>(db: Kysely<DB>, dir: string = MIGRATIONS_DIR): Promise<readonly string[]> {
  const all = await migratorFor(db, dir).getMigrations()
  return all.filter((one) => one.executedAt === undefined).map((one) => one.name)
}
