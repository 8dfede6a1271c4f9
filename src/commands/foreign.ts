import { isForeignFormat, runForeignImport, runForeignList } from '../foreign/index.ts'
import { CommandError } from './command.ts'
import { withDeps } from './with-deps.ts'

const USAGE = 'Usage: foreign list | import shc|dcc FILE'

const write = (line: string): void => void process.stdout.write(`${line}\n`)

export async function runForeign(args: readonly string[]): Promise<void> {
  const [verb, format, file, ...more] = args
  if (verb === 'list' && format === undefined) {
    await withDeps('foreign', (deps) => runForeignList(deps, write))
  } else if (verb === 'import' && isForeignFormat(format) && file !== undefined && more.length === 0) {
    await withDeps('foreign', (deps) => runForeignImport(deps, { format, file }, write))
  } else {
    throw new CommandError(USAGE)
  }
}
