import { readConfig } from '../kernel/config.ts'
import { openRuntime } from '../runtime.ts'
import { ensureSandbox } from '../sandbox/welcome.ts'
import { routes } from '../subscriptions.ts'
import { ensureSchema, joinDatabase } from './database.ts'

export async function runSeed(): Promise<void> {
  const config = readConfig(process.env)
  const database = await joinDatabase(config)
  try {
    await ensureSchema(config, database.url)
    const runtime = openRuntime({ config, databaseUrl: database.url, name: 'seed', routes })
    try {
      const done = await ensureSandbox(runtime.deps)
      process.stdout.write(
        done === 'seeded'
          ? 'The sandbox data are loaded.\n'
          : 'The sandbox data were loaded before; nothing changed.\n',
      )
    } finally {
      await runtime.close()
    }
  } finally {
    await database.stop()
  }
}
