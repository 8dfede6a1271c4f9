import {
  figureText,
  importParameters,
  loadParameterBook,
  type ParameterDifferences,
  ParameterFileError,
  type PlannedParameter,
  parameterDifferences,
} from '../benefits/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { isDate, localDate } from '../kernel/time.ts'
import { CommandError } from './command.ts'
import { readTextFile } from './read-text-file.ts'
import { withDeps } from './with-deps.ts'

type Write = (line: string) => void

export const POLICY_USAGE = 'policy import FILE [--apply] | differences [DATE]'
const MOST_BYTES = 16 * 1024 * 1024

const write: Write = (line) => void process.stdout.write(`${line}\n`)

/** `policy import`: benefit parameters from a file, as a dry run unless applied. `policy differences`: what the cities have unlike. */
export async function runPolicy(args: readonly string[]): Promise<void> {
  const apply = args.includes('--apply')
  const [verb, first, ...more] = args.filter((one) => one !== '--apply')
  if (more.length > 0 || first?.startsWith('-') === true) throw new CommandError(`Usage: ${POLICY_USAGE}`)
  if (verb === 'import' && first !== undefined) {
    const format = first.endsWith('.csv') ? 'csv' : 'json'
    const text = await readTextFile(first, MOST_BYTES)
    return await withDeps('policy', (deps) => importPolicy(deps, { text, format }, apply, write))
  }
  if (verb === 'differences' && !apply && (first === undefined || isDate(first))) {
    return await withDeps('policy', async (deps) => {
      const report = parameterDifferences(await loadParameterBook(deps.db), first ?? localDate(deps.clock.now()))
      for (const line of showDifferences(report)) write(line)
    })
  }
  throw new CommandError(`Usage: ${POLICY_USAGE}`)
}

/** Imports parameters, or says what the import would do. */
export async function importPolicy(
  deps: Pick<Deps, 'db'>,
  file: { readonly text: string; readonly format: 'json' | 'csv' },
  apply: boolean,
  line: Write,
): Promise<void> {
  let plan: readonly PlannedParameter[]
  try {
    plan = await importParameters(deps, file, { apply })
  } catch (error) {
    throw error instanceof ParameterFileError ? new CommandError(error.message) : error
  }
  for (const one of plan) if (one.what !== 'unchanged') line(showPlanned(one))
  const count = (what: PlannedParameter['what']) => plan.filter((one) => one.what === what).length
  line(`${count('new')} new, ${count('new-version')} new versions, ${count('unchanged')} unchanged`)
  if (!apply) line('nothing was written; add --apply to import')
}

const showPlanned = ({ what, row, before }: PlannedParameter): string => {
  const checked = (verified: boolean) => (verified ? 'verified' : 'unverified')
  const was = before === undefined ? '' : ` (was ${figureText(before.value)}, ${checked(before.verified)})`
  const until = row.effectiveTo === null ? '' : ` until ${row.effectiveTo}`
  return `${what}: ${row.id} = ${figureText(row.value)}, ${checked(row.verified)}${until}${was}`
}

/** One line a figure, tab-separated: whom and what it is for, then each city. `-` no row, `?` a figure known to be missing. */
export function showDifferences({ on, cities, differences, alike }: ParameterDifferences): readonly string[] {
  return [
    ['insutype', 'med_type', 'psn_type', 'level', 'disease', 'item', ...cities].join('\t'),
    ...differences.map((one) =>
      [
        one.insutype,
        one.medType,
        one.psnType,
        one.hospLv,
        one.diseCodg,
        one.item,
        ...one.rows.map((row) => (row === undefined ? '-' : `${figureText(row.value)}${row.verified ? '' : '*'}`)),
      ].join('\t'),
    ),
    `on ${on}: ${differences.length} figures differ, ${alike} are alike; * is unverified`,
  ]
}
