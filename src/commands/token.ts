import { printSandboxToken } from '../identity/index.ts'
import { readConfig } from '../kernel/config.ts'
import { CommandError } from './command.ts'

export async function runToken(args: readonly string[]): Promise<void> {
  const [clientId] = args
  if (clientId === undefined)
    throw new CommandError('Name a sandbox client, e.g.: npm run -s token -- hospital-chengdu')
  await printSandboxToken(readConfig(process.env), clientId, (text) => process.stdout.write(text))
}
