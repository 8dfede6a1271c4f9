import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { checkRow } from './check-row.ts'
import type { ParameterRow } from './parameters.ts'
import { ParameterFileError, readParameterFile, type SentParameter } from './read-parameter-file.ts'
import { insertParameters, loadParameters, lockParameters } from './store.ts'

/** What becomes of one row of a file. */
export interface PlannedParameter {
  readonly what: 'new' | 'new-version' | 'unchanged'
  readonly row: ParameterRow
  /** The version that stood last; undefined where the figure is new. */
  readonly before: ParameterRow | undefined
}

/**
 * Compares the rows of a file with those that are there. A figure that differs becomes the next version of its key and first day; what
 * stands is never changed, since settlements rest on it.
 */
export const planImport = (
  sent: readonly SentParameter[],
  there: readonly ParameterRow[],
): readonly PlannedParameter[] => {
  const latest = new Map<string, ParameterRow>()
  for (const row of there) {
    const known = latest.get(keyOf(row))
    if (known === undefined || row.version > known.version) latest.set(keyOf(row), row)
  }
  const seen = new Set<string>()
  return sent.map((one, at): PlannedParameter => {
    const key = keyOf(one)
    if (seen.has(key))
      throw new ParameterFileError(`row ${at + 1}: the same figure and first day stand in the file twice`)
    seen.add(key)
    const before = latest.get(key)
    if (before !== undefined && sameContent(one, before)) return { what: 'unchanged', row: before, before }
    const version = (before?.version ?? 0) + 1
    const row: ParameterRow = { ...one, version, id: idOf(one, version) }
    try {
      checkRow(row)
    } catch (cause) {
      const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : 'malformed'
      throw new ParameterFileError(`row ${at + 1}: ${why}`, { cause })
    }
    return { what: before === undefined ? 'new' : 'new-version', row, before }
  })
}

/** Imports a file of parameters, or with `apply` false says only what it would do. One transaction; a rival import waits. */
export const importParameters = async (
  deps: Pick<Deps, 'db'>,
  file: { readonly text: string; readonly format: 'json' | 'csv' },
  { apply }: { readonly apply: boolean },
): Promise<readonly PlannedParameter[]> => {
  const sent = readParameterFile(file.text, file.format)
  return await inTx(deps.db, async (tx) => {
    if (apply) await lockParameters(tx)
    const plan = planImport(sent, await loadParameters(tx))
    const rows = plan.filter((one) => one.what !== 'unchanged').map((one) => one.row)
    if (apply && (await insertParameters(tx, rows)) !== rows.length) {
      throw new Error('a row of the import stood already, though none had its key')
    }
    return plan
  })
}

const keyOf = (row: SentParameter): string =>
  [row.city, row.insutype, row.psnType, row.medType, row.hospLv, row.diseCodg, row.item, row.effectiveFrom].join('/')

/** The form of the ids of the samples, with the disease where the row has one. */
const idOf = (row: SentParameter, version: number): string =>
  [
    row.city,
    row.insutype,
    row.psnType,
    row.medType,
    row.hospLv,
    ...(row.diseCodg === '*' ? [] : [row.diseCodg]),
    row.item,
    row.effectiveFrom.replaceAll('-', ''),
    `v${version}`,
  ].join('.')

const sameContent = (a: SentParameter, b: ParameterRow): boolean =>
  a.effectiveTo === b.effectiveTo &&
  a.sourceDocument === b.sourceDocument &&
  a.verified === b.verified &&
  a.note === b.note &&
  canonical(a.value) === canonical(b.value)

/** jsonb gives the names of an object back in an order of its own. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([x], [y]) => (x < y ? -1 : 1)))
      : part,
  )
