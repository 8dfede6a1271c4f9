import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './machine.ts'
import type { Options } from './options.ts'
import type { Measured } from './row.ts'

const DIR = join(import.meta.dirname, 'results')

/** Keeps a run with what is needed to judge it: options, machine, every row with its spread. Returns the file's name. */
export async function keepResults(
  at: Date,
  run: { readonly options: Options; readonly machine: Machine; readonly rows: readonly Measured[] },
): Promise<string> {
  const { names, only, seconds, rounds } = run.options
  const name = `${at.toISOString().slice(0, 16).replaceAll(':', '')}-${names.join('-')}.json`
  const asked = { names, only: only === undefined ? 'all' : [...only], seconds, rounds }
  const content = { at: at.toISOString(), ...asked, machine: run.machine, rows: run.rows }
  await mkdir(DIR, { recursive: true })
  await writeFile(join(DIR, name), `${JSON.stringify(content, null, 2)}\n`)
  return join('bench', 'results', name)
}
