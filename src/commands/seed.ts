import { seedSandbox } from '../sandbox/index.ts'
import { withDeps } from './with-deps.ts'

export async function runSeed(): Promise<void> {
  const { institutions, people, clients, cards } = await withDeps('seed', seedSandbox)
  process.stdout.write(
    `The sandbox holds ${institutions.length} institutions, ${people.length} people, ${cards.length} cards and ${clients.length} clients.\n`,
  )
}
