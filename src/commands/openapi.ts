import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildApp } from '../app.ts'
import { readConfig } from '../kernel/config.ts'
import { idleLive } from '../live.ts'
import { openRuntime } from '../runtime.ts'
import { routes } from '../subscriptions.ts'
import { CommandError } from './command.ts'

const FILE = join(import.meta.dirname, '..', '..', 'openapi.json')

/** The API as its route schemas describe it. No database is touched: routes are built, none is called. */
async function describeApi(): Promise<string> {
  const config = readConfig({ YMT_LOG_LEVEL: 'silent', YMT_PUBLIC_URL: 'http://127.0.0.1:8080' })
  const runtime = openRuntime({ config, databaseUrl: 'postgres://localhost/none', name: 'openapi', routes })
  try {
    const app = await buildApp(runtime.deps, idleLive(runtime.deps), { redis: undefined })
    await app.ready()
    const text = `${JSON.stringify(app.swagger(), null, 2)}\n`
    await app.close()
    return text
  } finally {
    await runtime.close()
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
