import { readConfig } from '../kernel/config.ts'
import type { Deps } from '../kernel/deps.ts'
import { openRuntime } from '../runtime.ts'
import { routes } from '../subscriptions.ts'
import { ensureKeyring, ensureSchema, joinDatabase } from './database.ts'

/** Runs a short command with what a serving process has, and closes everything after it. */
export async function withDeps<T>(name: string, work: (deps: Deps) => Promise<T>): Promise<T> {
  const config = readConfig(process.env)
  const database = await joinDatabase(config)
  try {
    await ensureSchema(config, database.url)
    const runtime = openRuntime({ config, databaseUrl: database.url, name, routes })
    try {
      await ensureKeyring(runtime.deps)
      return await work(runtime.deps)
    } finally {
      await runtime.close()
    }
  } finally {
    await database.stop()
  }
}
