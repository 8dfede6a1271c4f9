import type { Db } from '../kernel/db.ts'
import { type CityDifference, compareCities } from './compare-cities.ts'
import { listLocalCodesAfter, readHeldItems, readHeldLimits, readStandingItems } from './store.ts'

export interface DifferencePage {
  readonly differences: readonly CityDifference[]
  /** The last code that was compared: pages go on after it. Null where there was none left. */
  readonly next: string | null
}

/**
 * In what the catalogues of the four cities differ on a day, in the order of codes. Only codes about which a city says
 * something of its own are looked at: about the rest all four have the province's row.
 */
export async function listDifferences(
  db: Db,
  page: { readonly date: string; readonly after?: string | undefined; readonly limit: number },
): Promise<DifferencePage> {
  const codes = await listLocalCodesAfter(db, page.after ?? '', page.limit)
  if (codes.length === 0) return { differences: [], next: null }
  const items = Map.groupBy(await readHeldItems(db, codes), (row) => row.code)
  const limits = Map.groupBy(await readHeldLimits(db, codes), (row) => row.code)
  const conditions = new Map(
    (await readStandingItems(db, codes)).map((row) => [`${row.rid}.${row.version}`, row.lmtUsedCond]),
  )
  const differences = codes.flatMap((code) =>
    compareCities(
      code,
      { items: items.get(code) ?? [], limits: limits.get(code) ?? [] },
      page.date,
      (rowId) => conditions.get(rowId) ?? null,
    ),
  )
  return { differences, next: codes.at(-1) ?? null }
}

/** All of them, a page after the other: for reports, without holding the whole. */
export async function* eachDifference(db: Db, date: string): AsyncGenerator<CityDifference> {
  for (let after: string | undefined; ; ) {
    const page = await listDifferences(db, { date, after, limit: 1_000 })
    yield* page.differences
    if (page.next === null) return
    after = page.next
  }
}
