import { loadParameterBook, parameterDifferences } from '../benefits/index.ts'
import {
  countOutcomes,
  DIFFERENCES_HEADER,
  differenceCsv,
  differenceText,
  eachDifference,
  importCatalogue,
  previewImport,
  showOutcomes,
} from '../catalogue/index.ts'
import { AppError } from '../kernel/errors.ts'
import { isDate, localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { CommandError } from './command.ts'
import { showDifferences } from './policy.ts'
import { readTextFile } from './read-text-file.ts'
import { withDeps } from './with-deps.ts'

const USAGE = `Usage: catalogue import FILE [--apply]
       catalogue differences [--date YYYY-MM-DD] [--json | --csv]
FILE is CSV with a header line of the interface's names, or JSON. Without --apply nothing is written: what would change is shown.`

/** 200,000 rows are some 40 MB. */
const MAX_BYTES = 256 * 1024 * 1024

/** Rows that change, as they are shown; the counts tell of the rest. */
const MOST_SHOWN = 200

const OPERATOR = { clientId: 'command-line', role: 'operator', org: 'operator', areas: 'all' } as const

const write = (text: string): void => void process.stdout.write(text)

export async function runCatalogue(args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args
  if (verb === 'import') return await runImport(rest)
  if (verb === 'differences') return await runDifferences(rest)
  throw new CommandError(USAGE)
}

async function runImport(args: readonly string[]): Promise<void> {
  const apply = args.includes('--apply')
  const [file, ...more] = args.filter((one) => one !== '--apply')
  if (file === undefined || more.length > 0 || file.startsWith('--')) throw new CommandError(USAGE)
  const text = await readTextFile(file, MAX_BYTES)
  let told = 0
  const progress = (done: number, total: number): void => {
    // Ten words for any number of rows, and none for a small file.
    if (total < 20_000 || done - told < total / 10) return
    told = done
    process.stderr.write(`${done} of ${total} rows\n`)
  }
  await withDeps('catalogue', async (deps) => {
    try {
      const change = apply
        ? await inTx(deps.db, (tx) => {
            told = 0
            return importCatalogue(deps, tx, text, OPERATOR, progress)
          })
        : await inTx(deps.db, (tx) => previewImport(tx, text, OPERATOR, progress), { isolation: 'repeatable read' })
      for (const { line, outcome, of, changes, ...row } of showOutcomes(change, MOST_SHOWN)) {
        const level = row.lmtpric_hosp_lv === null ? '' : ` level ${row.lmtpric_hosp_lv}`
        write(`line ${line}: ${outcome} ${of} ${row.insu_admdvs} ${row.hilist_code}${level} from ${row.begndate}\n`)
        for (const { field, before, after } of changes) write(`  ${field}: ${before ?? '-'} -> ${after ?? '-'}\n`)
      }
      for (const [what, outcomes] of [
        ['items', change.items],
        ['limits', change.limits],
      ] as const) {
        const { added, changed, ended, unchanged } = countOutcomes(outcomes)
        write(`${what}: ${added} added, ${changed} changed, ${ended} ended, ${unchanged} unchanged\n`)
      }
      write(apply ? 'written\n' : 'nothing was written; --apply writes\n')
    } catch (error) {
      throw error instanceof AppError && error.code === 'catalogue.import-invalid' ? asCommandError(error) : error
    }
  })
}

function asCommandError(error: AppError): CommandError {
  const places = (error.errors ?? []).map(({ pointer, detail }) => {
    const [, line, column] = pointer.split('/')
    return `line ${line}, column ${column}: ${detail}`
  })
  return new CommandError([error.detail ?? error.message, ...places].join('\n'))
}

async function runDifferences(args: readonly string[]): Promise<void> {
  const at = args.indexOf('--date')
  const named = at < 0 ? undefined : args[at + 1]
  const others = at < 0 ? args : args.toSpliced(at, 2)
  const [form, ...more] = others
  const wrong = more.length > 0 || (form !== undefined && form !== '--json' && form !== '--csv')
  if (wrong || (at >= 0 && (named === undefined || !isDate(named)))) throw new CommandError(USAGE)
  await withDeps('catalogue', async (deps) => {
    const date = named ?? localDate(deps.clock.now())
    let count = 0
    if (form === '--csv') write(DIFFERENCES_HEADER)
    for await (const difference of eachDifference(deps.db, date)) {
      count += 1
      if (form === '--csv') write(differenceCsv(difference))
      else if (form === '--json') write(`${JSON.stringify(difference)}\n`)
      else write(differenceText(difference))
    }
    if (form !== undefined) return
    write(`on ${date}: ${count} differences between the catalogues of the four cities\n\n`)
    // What a catalogue says is worth depends on what the insured city pays for it: both are read together.
    for (const line of showDifferences(parameterDifferences(await loadParameterBook(deps.db), date))) write(`${line}\n`)
  })
}
