import { isForeignFormat, runForeignImport, runForeignList } from '../foreign/index.ts'
import { CommandError } from './command.ts'
import { readTextFile } from './read-text-file.ts'
import { withDeps } from './with-deps.ts'

const USAGE = 'Usage: foreign list | import shc|dcc FILE'

/** Larger files are no trust list. */
const MAX_BYTES = 64 * 1024 * 1024

const write = (line: string): void => void process.stdout.write(`${line}\n`)

export async function runForeign(args: readonly string[]): Promise<void> {
  const [verb, format, file, ...more] = args
  if (verb === 'list' && format === undefined) {
    await withDeps('foreign', (deps) => runForeignList(deps, write))
  } else if (verb === 'import' && isForeignFormat(format) && file !== undefined && more.length === 0) {
    // Before the database is opened: a name that is mistyped is told at once.
    const text = await readTextFile(file, MAX_BYTES)
    await withDeps('foreign', (deps) => runForeignImport(deps, { format, text }, write))
  } else {
    throw new CommandError(USAGE)
  }
}
