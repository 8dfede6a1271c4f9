import type { Db, Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { comparePeriods, type FileRow, type Outcome, type RowError } from './compare-periods.ts'
import { contradictions, differItems, differLimits } from './fields.ts'
import {
  insertItems,
  insertLimits,
  type NewVersion,
  nextChangeNo,
  readStandingItems,
  readStandingLimits,
  type Written,
} from './store.ts'
import type { Area, ItemRow, LimitRow } from './types.ts'

/** Rows of a file, each with its line. */
export interface CatalogueRows {
  readonly items: readonly FileRow<ItemRow>[]
  readonly limits: readonly FileRow<LimitRow>[]
}

/** What saving them does, or would do. */
export interface CatalogueChange {
  readonly items: readonly Outcome<ItemRow>[]
  readonly limits: readonly Outcome<LimitRow>[]
  readonly errors: readonly RowError[]
}

export type Progress = (done: number, total: number) => void

/** Codes of one look and one write: statements stay small, and progress can be told. */
const CHUNK = 2_000

/** What the rows would change; nothing is written. `areas` are those that the caller may write. */
export async function compareCatalogue(
  db: Db,
  rows: CatalogueRows,
  options: { readonly areas: readonly Area[] | 'all'; readonly progress?: Progress | undefined },
): Promise<CatalogueChange> {
  return await walk(db, rows, options)
}

/**
 * Saves the rows, all or none: what is there with other content becomes a new version. Processes see it within a second.
 * Where a row is wrong, the answer has its errors and the caller must roll back.
 */
export async function saveCatalogue(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  rows: CatalogueRows,
  options: {
    readonly areas: readonly Area[] | 'all'
    readonly by: string
    readonly org: string
    readonly progress?: Progress | undefined
  },
): Promise<CatalogueChange> {
  // First of all, as every writer does: what is compared now cannot be changed by another until the commit.
  const changeNo = await nextChangeNo(tx)
  const written: Written = { by: options.by, org: options.org, at: deps.clock.now(), changeNo }
  return await walk(tx, rows, options, async (items, limits) => {
    if (items.length > 0) await insertItems(tx, items, written)
    if (limits.length > 0) await insertLimits(tx, limits, written)
  })
}

type Write = (items: readonly NewVersion<ItemRow>[], limits: readonly NewVersion<LimitRow>[]) => Promise<void>

async function walk(
  db: Db,
  rows: CatalogueRows,
  options: { readonly areas: readonly Area[] | 'all'; readonly progress?: Progress | undefined },
  write?: Write,
): Promise<CatalogueChange> {
  const { areas, progress } = options
  const errors = [...rows.items, ...rows.limits].flatMap(({ line, row }) => [
    ...(areas === 'all' || areas.includes(row.insuAdmdvs)
      ? []
      : [{ line, column: 'insu_admdvs', detail: 'is not your city: each city writes its own rows' }]),
    ...contradictions(row).map((one) => ({ line, ...one })),
  ])
  const items = groups(rows.items, (row) => row.insuAdmdvs)
  const limits = groups(rows.limits, (row) => `${row.insuAdmdvs} ${row.priceLevel}`)
  const codes = [...new Set([...items.keys(), ...limits.keys()])].sort()
  const total = rows.items.length + rows.limits.length
  const outcomes = { items: [] as Outcome<ItemRow>[], limits: [] as Outcome<LimitRow>[] }
  let done = 0
  for (let at = 0; at < codes.length; at += CHUNK) {
    const chunk = codes.slice(at, at + CHUNK)
    const itemsHere = chunk.filter((code) => items.has(code))
    const limitsHere = chunk.filter((code) => limits.has(code))
    const standingItems = itemsHere.length === 0 ? [] : await readStandingItems(db, itemsHere)
    const standingLimits = limitsHere.length === 0 ? [] : await readStandingLimits(db, limitsHere)
    const knownItems = Map.groupBy(standingItems, (row) => `${row.hilistCode} ${row.insuAdmdvs}`)
    const knownLimits = Map.groupBy(standingLimits, (row) => `${row.hilistCode} ${row.insuAdmdvs} ${row.priceLevel}`)
    const newItems: NewVersion<ItemRow>[] = []
    const newLimits: NewVersion<LimitRow>[] = []
    for (const code of chunk) {
      for (const [key, given] of items.get(code) ?? []) {
        const compared = comparePeriods(given, knownItems.get(`${code} ${key}`) ?? [], differItems)
        collect(compared, outcomes.items, newItems, errors)
        done += given.length
      }
      for (const [key, given] of limits.get(code) ?? []) {
        const compared = comparePeriods(given, knownLimits.get(`${code} ${key}`) ?? [], differLimits)
        collect(compared, outcomes.limits, newLimits, errors)
        done += given.length
      }
    }
    // Once a row is wrong nothing more is written: the whole is rolled back, and only the other errors are looked for.
    if (errors.length === 0) await write?.(newItems, newLimits)
    progress?.(done, total)
  }
  return { ...outcomes, errors: errors.toSorted((a, b) => a.line - b.line) }
}

function groups<Row extends ItemRow | LimitRow>(
  rows: readonly FileRow<Row>[],
  keyOf: (row: Row) => string,
): ReadonlyMap<string, ReadonlyMap<string, readonly FileRow<Row>[]>> {
  const byCode = Map.groupBy(rows, ({ row }) => row.hilistCode)
  return new Map([...byCode].map(([code, own]) => [code, Map.groupBy(own, ({ row }) => keyOf(row))]))
}

function collect<Row>(
  compared: {
    readonly outcomes: readonly Outcome<Row>[]
    readonly versions: readonly NewVersion<Row>[]
    readonly errors: readonly RowError[]
  },
  outcomes: Outcome<Row>[],
  versions: NewVersion<Row>[],
  errors: RowError[],
): void {
  outcomes.push(...compared.outcomes)
  versions.push(...compared.versions)
  errors.push(...compared.errors)
}
