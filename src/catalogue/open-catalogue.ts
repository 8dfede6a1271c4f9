import type { CityCode } from '../codes/index.ts'
import { type CatchUp, startCatchUp } from '../kernel/catch-up.ts'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { createIntern, type Intern } from './intern.ts'
import { termsOf } from './rules.ts'
import {
  CATALOGUE_CHANGED,
  listChangedCodes,
  listCodesAfter,
  readChangeNo,
  readHeldItems,
  readHeldLimits,
} from './store.ts'
import type { CatalogueTerms, Held, PriceLevel } from './types.ts'

/** The whole catalogue in memory: a look-up does no I/O. What counts of it, not its history; README.md says how much that is. */
export interface Catalogue {
  /**
   * What the catalogue of a city says about a code on a day (`YYYY-MM-DD`) at a hospital of a price level; undefined
   * where the city's catalogue does not have the code on that day.
   */
  termsAt(city: CityCode, code: string, date: string, level: PriceLevel): CatalogueTerms | undefined
  /** How many codes there are. */
  size(): number
  /** Milliseconds since it was last read; an answer cannot be older than that. */
  ageMs(): number
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 500

/** Codes of one query: some 10 ms of work, so that requests of the process are not held up by a large import. */
const PAGE = 2_000

/** Reads the catalogue and keeps following it by its change number. */
export async function openCatalogue(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<Catalogue> {
  const byCode = new Map<string, Held>()
  const intern = createIntern()
  let seen = -1n

  const read = async (): Promise<void> => {
    if ((await readChangeNo(deps.db)) === seen) return
    // One snapshot for all pages; what changed is put in at once, so that no bill sees half an import.
    const changed = await inTx(
      deps.db,
      async (tx) => {
        const changeNo = await readChangeNo(tx)
        const pages = seen < 0n ? allCodes(tx) : pagesOf(await listChangedCodes(tx, seen))
        const held: [string, Held][] = []
        for await (const codes of pages) held.push(...(await readHeld(tx, codes, intern)))
        return { changeNo, held }
      },
      { isolation: 'repeatable read' },
    )
    for (const [code, held] of changed.held) byCode.set(code, held)
    seen = changed.changeNo
  }

  const catchUp: CatchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'the catalogue could not be read'),
    news: { feed: deps.changes, area: CATALOGUE_CHANGED },
  })
  return {
    termsAt(city, code, date, level) {
      const held = byCode.get(code)
      return held && termsOf(held, city, date, level)
    },
    size: () => byCode.size,
    ageMs: catchUp.ageMs,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}

async function* allCodes(db: Db): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; ) {
    const codes = await listCodesAfter(db, after, PAGE)
    const last = codes.at(-1)
    if (last === undefined) return
    yield codes
    after = last
  }
}

function* pagesOf(codes: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < codes.length; at += PAGE) yield codes.slice(at, at + PAGE)
}

async function readHeld(db: Db, codes: readonly string[], intern: Intern): Promise<readonly [string, Held][]> {
  const items = Map.groupBy(await readHeldItems(db, codes), (row) => row.code)
  const limits = Map.groupBy(await readHeldLimits(db, codes), (row) => row.code)
  return codes.map((code) => [
    code,
    {
      items: (items.get(code) ?? []).map((row) => ({
        area: intern(row.area),
        from: intern(row.from),
        to: row.to === null ? null : intern(row.to),
        // A name is nearly always the same in all areas of its code.
        name: items.get(code)?.find((other) => other.name === row.name)?.name ?? row.name,
        listType: intern(row.listType),
        medChrgitmType: intern(row.medChrgitmType),
        chrgitmLv: intern(row.chrgitmLv),
        selfpayProp: intern(row.selfpayProp),
        lmtUsedFlag: intern(row.lmtUsedFlag),
        rid: row.rid,
        version: row.version,
      })),
      limits: (limits.get(code) ?? []).map((row) => ({
        area: intern(row.area),
        from: intern(row.from),
        to: row.to === null ? null : intern(row.to),
        level: intern(row.level),
        price: intern(row.price),
      })),
    },
  ])
}
