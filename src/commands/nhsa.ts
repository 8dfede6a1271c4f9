import { runNhsaCommand } from '../nhsa/index.ts'
import { withDeps } from './with-deps.ts'

export async function runNhsa(args: readonly string[]): Promise<void> {
  await withDeps('nhsa', (deps) => runNhsaCommand(deps, args, (line) => void process.stdout.write(`${line}\n`)))
}
