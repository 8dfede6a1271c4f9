import { readConfig } from '../kernel/config.ts'
import { openRuntime } from '../runtime.ts'
import { seedSandbox } from '../sandbox/seed.ts'
import { routes } from '../subscriptions.ts'
import { ensureSchema, joinDatabase } from './database.ts'

export async function runSeed(): Promise<void> {
  const config = readConfig(process.env)
  const database = await joinDatabase(config)
  try {
    await ensureSchema(config, database.url)
    const runtime = openRuntime({ config, databaseUrl: database.url, name: 'seed', routes })
    try {
      const { institutions, people, clients, cards } = await seedSandbox(runtime.deps)
      process.stdout.write(
        `The sandbox holds ${institutions.length} institutions, ${people.length} people, ${cards.length} cards and ${clients.length} clients.\n`,
      )
    } finally {
      await runtime.close()
    }
  } finally {
    await database.stop()
  }
}
