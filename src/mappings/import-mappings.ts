import type { Db, Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import type { MappingCommand } from './caller.ts'
import { writeProposals } from './propose-mappings.ts'
import { type CsvRow, readCsv } from './read-csv.ts'
import { differences, keyOf, problemsOf } from './rules.ts'
import { readRecords } from './store.ts'
import type { MappingRecord } from './types.ts'
import { isUcum } from './ucum.ts'

export interface ImportedRow {
  readonly line: number
  readonly localCode: string
  readonly outcome: 'new' | 'changed' | 'same' | 'invalid'
  readonly differences: readonly {
    readonly field: string
    readonly before: string | null
    readonly after: string | null
  }[]
  readonly errors: readonly { readonly field: string; readonly detail: string }[]
}

export interface Comparison {
  readonly rows: readonly ImportedRow[]
  readonly toPropose: readonly CsvRow['draft'][]
}

/** What a CSV text would change: each row against the newest version of its key that is proposed or confirmed. */
export async function compareCsv(
  deps: Pick<Deps, 'clock'>,
  db: Db,
  { institution, csv }: { readonly institution: string; readonly csv: string },
): Promise<Comparison> {
  const read = readCsv(csv, localDate(deps.clock.now()))
  const known = new Map<string, MappingRecord>()
  if (read.length > 0) {
    for (const row of await readRecords(db, { institution, codes: read.map((one) => one.draft) })) {
      const before = known.get(keyOf(row))
      if (row.state !== 'retired' && row.version > (before?.version ?? 0)) known.set(keyOf(row), row)
    }
  }
  const seen = new Set<string>()
  const toPropose: CsvRow['draft'][] = []
  const rows = read.map((row): ImportedRow => {
    const { line } = row
    const { localCode } = row.draft
    const key = keyOf(row.draft)
    const errors = [...row.problems, ...problemsOf(row.draft, isUcum)]
    if (seen.has(key)) errors.push({ field: 'localCode', detail: 'has the key of a row before it' })
    seen.add(key)
    if (errors.length > 0) return { line, localCode, outcome: 'invalid', differences: [], errors }
    const before = known.get(key)
    if (before === undefined) {
      toPropose.push(row.draft)
      return { line, localCode, outcome: 'new', differences: [], errors }
    }
    const changed = differences(row.draft, before).filter(({ field }) => field !== 'from' || row.fromGiven)
    if (changed.length === 0) return { line, localCode, outcome: 'same', differences: [], errors }
    toPropose.push(row.draft)
    return { line, localCode, outcome: 'changed', differences: changed, errors }
  })
  return { rows, toPropose }
}

/** Proposes what is new or changed; where a single row is not valid, nothing is written. */
export async function importMappings(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: MappingCommand & { readonly csv: string },
): Promise<Comparison & { readonly proposed: readonly MappingRecord[] }> {
  const { institution } = command.by
  const comparison = await compareCsv(deps, tx, { institution, csv: command.csv })
  if (comparison.rows.some((row) => row.outcome === 'invalid')) return { ...comparison, proposed: [] }
  return { ...comparison, proposed: await writeProposals(deps, tx, command, comparison.toPropose) }
}
