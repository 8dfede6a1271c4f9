import type { Reading } from './begin-reading.ts'
import type { Cursor } from './cursor.ts'
import { type Mark, mergeSources, type Shown } from './merge.ts'
import { positionsAfter } from './positions.ts'
import { RECORD_TYPE_FACTS, type RecordType } from './record-types.ts'
import type { RecordsDeps } from './records-deps.ts'
import { askSources, newestFirst } from './search-for-person.ts'
import type { SourcePosition } from './search-hospital.ts'
import type { Reader, SourceResult } from './types.ts'

/** What one page shows, and where it goes on. */
export interface Read {
  readonly shown: readonly Shown[]
  readonly results: readonly SourceResult[]
  readonly total: number | undefined
  readonly cut: boolean
  /** Undefined: there is no more. */
  readonly rest: Pick<Cursor, 'types' | 'positions' | 'marks'> | undefined
}

interface Part {
  readonly type: RecordType
  readonly count: number
  readonly positions: readonly SourcePosition[] | undefined
  readonly deadlineMs?: number | undefined
}

type Ask = (part: Part) => Promise<readonly SourceResult[]>

export function askerOf(
  deps: RecordsDeps,
  by: Reader,
  cursor: Cursor,
  grant: {
    readonly reading: Reading
    readonly share: Parameters<typeof askSources>[3]['share']
    readonly includes: { readonly paths: readonly string[]; readonly types: readonly string[] }
    readonly signal: AbortSignal | undefined
  },
): Ask {
  const { includes, signal } = grant
  const form = includes.paths.length > 0 ? { ...cursor.form, _include: includes.paths } : cursor.form
  return async (part) =>
    await askSources(
      deps,
      by,
      { ...part, personId: cursor.personId, form, includes: includes.types, sort: cursor.sort, signal },
      grant,
    )
}

/** All types that the pages of a search show. */
export function typesShown(cursor: Cursor): readonly string[] {
  return [...cursor.types, ...includesOf(cursor).types, ...(cursor.withPatient ? ['Patient'] : [])]
}

export function includesOf({ types: [type], includes }: Cursor) {
  const known = type === undefined ? {} : RECORD_TYPE_FACTS[type].includes
  return {
    paths: includes,
    types: includes.flatMap((path) => known[path.slice(path.indexOf(':') + 1)] ?? []),
  }
}

export async function readOne(ask: Ask, cursor: Cursor): Promise<Read> {
  const [type] = cursor.types as [RecordType]
  const { count, marks } = cursor
  const results = await ask({ type, count, positions: cursor.positions })
  const order = { type, sort: cursor.sort ?? newestFirst(type) }
  const merged = mergeSources(results, { order, count, given: marks })
  const { open, cut } = positionsAfter(results, merged, cursor.positions)
  return {
    shown: merged.shown,
    results,
    total: results.reduce((sum, one) => sum + one.total, 0) - merged.duplicates,
    cut,
    // _count=0 asks for the total alone (R4 search.html#count).
    rest: open.length > 0 && count > 0 ? { types: [type], positions: open, marks: merged.marks } : undefined,
  }
}

/** Below this share of the whole time no further type is begun: the page ends, and the next one goes on. */
const LAST_START = 0.5

/** Type by type, until the page is full or half of the time is gone. */
export async function readAll(deps: RecordsDeps, ask: Ask, cursor: Cursor): Promise<Read> {
  const began = performance.now()
  const whole = deps.config.recordsDeadlineMs
  const shown: Shown[] = []
  const results: SourceResult[] = []
  let { types, positions } = cursor
  let marks: readonly Mark[] = cursor.marks
  let cut = false
  do {
    const [type, ...later] = types
    if (type === undefined) break
    const count = cursor.count - shown.length
    const left = whole - (performance.now() - began)
    const answers = await ask({ type, count, positions, deadlineMs: Math.max(left - RENDERING_MS, RENDERING_MS) })
    const merged = mergeSources(answers, { order: { type, sort: newestFirst(type) }, count, given: marks })
    const after = positionsAfter(answers, merged, positions)
    shown.push(...merged.shown)
    results.push(...answers)
    cut ||= after.cut
    // What failed is named and not asked again on the way: the same link may be followed again.
    const open = after.open.filter((one) => one.failures === 0)
    if (open.length > 0) {
      positions = open
      marks = merged.marks
    } else {
      types = later
      positions = undefined
      marks = []
    }
  } while (shown.length < cursor.count && performance.now() - began < whole * LAST_START)
  return {
    shown,
    results: onePerSource(results),
    total: undefined,
    cut,
    rest: types.length > 0 ? { types, positions, marks } : undefined,
  }
}

const RENDERING_MS = 150

/** One state a source over several questions: the worst, so that nothing that is missing is passed over. */
function onePerSource(results: readonly SourceResult[]): readonly SourceResult[] {
  const rank = ['failed', 'partial', 'cancelled', 'skipped', 'denied', 'not-linked', 'not-asked', 'ok'] as const
  return [...Map.groupBy(results, (one) => one.source).values()].map((ofSource) => {
    const worst = ofSource.toSorted((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state))[0] as SourceResult
    const some = ofSource.some((one) => one.found.length > 0)
    return {
      ...worst,
      state: worst.state === 'failed' && some ? 'partial' : worst.state,
      found: ofSource.flatMap((one) => one.found),
      included: [],
      withheld: ofSource.reduce((sum, one) => sum + (one.withheld ?? 0), 0),
    }
  })
}
