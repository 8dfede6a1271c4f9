import { rotateSigningKey } from '../identity/index.ts'
import { readConfig } from '../kernel/config.ts'
import { openRuntime } from '../runtime.ts'
import { routes } from '../subscriptions.ts'
import { joinDatabase } from './database.ts'

export async function runRotateKeys(): Promise<void> {
  const config = readConfig(process.env)
  const database = await joinDatabase(config)
  try {
    const runtime = openRuntime({ config, databaseUrl: database.url, name: 'rotate-keys', routes })
    try {
      const kid = await rotateSigningKey(runtime.deps)
      process.stdout.write(`${JSON.stringify(kid)}\n`)
    } finally {
      await runtime.close()
    }
  } finally {
    await database.stop()
  }
}
