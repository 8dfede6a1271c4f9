import { runClientsCommand, runKeysCommand } from '../identity/index.ts'
import { withDeps } from './with-deps.ts'

const write = (line: string): void => void process.stdout.write(`${line}\n`)

export async function runClients(args: readonly string[]): Promise<void> {
  await withDeps('clients', (deps) => runClientsCommand(deps, args, write))
}

export async function runKeys(args: readonly string[]): Promise<void> {
  await withDeps('keys', (deps) => runKeysCommand(deps, args, write))
}
