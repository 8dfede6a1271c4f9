// npm run codegen [-- --verify]: table types for Kysely, read from a freshly migrated database.
import { spawnSync } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDb } from '../src/kernel/db.ts'
import { startEmbeddedPostgres } from '../src/kernel/embedded-postgres.ts'
import { migrateToLatest } from '../src/kernel/migrate.ts'

const ROOT = join(import.meta.dirname, '..')
const flags = [
  join(ROOT, 'node_modules/kysely-codegen/dist/cli/bin.js'),
  '--dialect=postgres',
  '--out-file=src/kernel/db-types.generated.ts',
  // These must agree with the parsers of the pool in src/kernel/db.ts.
  '--date-parser=string',
  '--numeric-parser=string',
  '--type-mapping={"int8":"bigint"}',
  // Kysely's own bookkeeping is no business of the code's.
  '--exclude-pattern=schema_migration*',
  '--log-level=error',
  ...process.argv.slice(2),
]

// A server of its own in a temporary folder: a running `npm start` or test run is neither needed nor disturbed.
const dir = await mkdtemp(join(tmpdir(), 'ymt-codegen-'))
const server = await startEmbeddedPostgres({ dir, persistent: false, durable: false })
try {
  const db = createDb({ url: server.url })
  try {
    await migrateToLatest(db)
  } finally {
    await db.destroy()
  }
  const { status } = spawnSync(process.execPath, [...flags, `--url=${server.url}`], { cwd: ROOT, stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  await server.stop()
}
