import { isRegisterKind, runRegisterImport } from '../recognition/index.ts'
import { CommandError } from './command.ts'
import { readTextFile } from './read-text-file.ts'
import { withDeps } from './with-deps.ts'

const USAGE = `Usage: recognition import FILE.json [--dry-run]
       recognition import KIND FILE.csv [--dry-run]
KIND: items, scopes, panels, negatives, reasons, policies, marks, eqa, evaluations or prices; a JSON file has a list for
each kind. A row that is there is only closed by its last day; anything else is a new version.`

/** Larger files are no register of one go. */
const MAX_BYTES = 16 * 1024 * 1024

const write = (line: string): void => void process.stdout.write(`${line}\n`)

export async function runRecognition(args: readonly string[]): Promise<void> {
  const dryRun = args.includes('--dry-run')
  const [verb, first, second, ...more] = args.filter((one) => one !== '--dry-run')
  if (verb !== 'import' || first === undefined || more.length > 0) throw new CommandError(USAGE)
  const kind = second === undefined ? undefined : first
  if (kind !== undefined && !isRegisterKind(kind)) throw new CommandError(USAGE)
  // Before the database is opened: a name that is mistyped is told at once.
  const text = await readTextFile(second ?? first, MAX_BYTES)
  await withDeps('recognition', (deps) => runRegisterImport(deps, { text, kind, dryRun }, write))
}
