import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../app.ts'
import { readConfig } from '../kernel/config.ts'
import { startEmbeddedPostgres } from '../kernel/embedded-postgres.ts'
import { migrateToLatest } from '../kernel/migrate.ts'
import { openLive } from '../live.ts'
import { openRuntime } from '../runtime.ts'
import { routes } from '../subscriptions.ts'
import { CommandError } from './command.ts'
import { withDb } from './database.ts'

const FILE = join(import.meta.dirname, '..', '..', 'openapi.json')

/** The API as its route schemas describe it, built on an empty database of its own. */
async function describeApi(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-openapi-'))
  const server = await startEmbeddedPostgres({ dir, persistent: false, durable: false })
  const stops: (() => Promise<void>)[] = [() => server.stop()]
  try {
    const config = readConfig({ YMT_LOG_LEVEL: 'silent', YMT_PUBLIC_URL: 'http://127.0.0.1:8080', YMT_DATA_DIR: dir })
    await withDb(server.url, (db) => migrateToLatest(db))
    const runtime = openRuntime({ config, databaseUrl: server.url, name: 'openapi', routes })
    stops.push(() => runtime.close())
    const live = await openLive(runtime.deps)
    stops.push(() => live.close())
    const app = await buildApp(runtime.deps, live)
    stops.push(() => app.close())
    await app.ready()
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

export async function runOpenApi(args: readonly string[]): Promise<void> {
  const text = await describeApi()
  if (!args.includes('--check')) {
    await writeFile(FILE, text)
    process.stdout.write('openapi.json written.\n')
    return
  }
  const committed = await readFile(FILE, 'utf8').catch(() => '')
  if (committed !== text) {
    throw new CommandError('openapi.json is not what the routes say. Run: node src/main.ts openapi')
  }
  process.stdout.write('openapi.json is current.\n')
}
