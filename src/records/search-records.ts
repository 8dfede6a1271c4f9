import type { Patient } from 'fhir/r4.js'
import type { AccessDecision } from '../consent/index.ts'
import type { FieldError } from '../kernel/errors.ts'
import type { Tag } from './annotate.ts'
import { type BundleParts, renderBundle } from './bundle.ts'
import { CURSOR_LIFE_MS, type Cursor, openCursor, sealCursor } from './cursor.ts'
import { decideReading, isTelling } from './decide.ts'
import { recordsError } from './errors.ts'
import { type Mark, mergeSources, type Shown } from './merge.ts'
import { outcomesOf } from './outcomes.ts'
import { readPerson } from './patient-resource.ts'
import { positionsAfter } from './positions.ts'
import type { RecordsDeps } from './question.ts'
import type { SearchRequest } from './read-parameters.ts'
import { RECORD_TYPE_FACTS, type RecordType } from './record-types.ts'
import { askSources, newestFirst } from './search-for-person.ts'
import type { SourcePosition } from './search-hospital.ts'
import type { Reader, Resource, SourceResult } from './types.ts'

/** What belongs to the request and not to the search. */
export interface PageContext {
  /** Address of this page. */
  readonly self: string
  readonly signal?: AbortSignal | undefined
  /** Calls when the answer has left, or nobody waits for it any more: until then it takes the memory of its records. */
  readonly whenSent: (free: () => void) => void
}

/** Parameters of `$everything` (R4 patient-operation-everything). */
export interface EverythingRequest {
  readonly personId: string
  /** Beside the person; none: the person alone. */
  readonly types: readonly RecordType[]
  readonly since: string | undefined
  readonly count: number
}

/** The first page of a search over all hospitals, as one FHIR searchset with its named failures. */
export async function searchRecords(
  deps: RecordsDeps,
  by: Reader,
  type: RecordType,
  request: SearchRequest,
  context: PageContext,
): Promise<Buffer> {
  const { personId, form, includes, withPatient, withProvenance, count, sort } = request
  return await showPage(deps, by, context, {
    cursor: {
      kind: 'search',
      personId,
      types: [type],
      form,
      includes: includes.map((one) => one.path),
      withPatient,
      withProvenance,
      count,
      sort,
      total: undefined,
      positions: undefined,
      marks: [],
      until: 0,
    },
    isFirst: true,
    ignored: request.ignored,
  })
}

/** The first page of all that the hospitals hold about a person, type by type, the person first. */
export async function everythingOf(
  deps: RecordsDeps,
  by: Reader,
  request: EverythingRequest,
  context: PageContext,
): Promise<Buffer> {
  const { personId, types, since, count } = request
  return await showPage(deps, by, context, {
    cursor: {
      kind: 'everything',
      personId,
      types,
      form: since === undefined ? {} : { _lastUpdated: [`ge${since}`] },
      includes: [],
      withPatient: true,
      withProvenance: false,
      count,
      sort: undefined,
      total: undefined,
      positions: undefined,
      marks: [],
      until: 0,
    },
    isFirst: true,
    ignored: [],
  })
}

/** A further page, by the link that the one before named. `belongsTo` refuses the link of another search. */
export async function turnPage(
  deps: RecordsDeps,
  by: Reader,
  page: string,
  belongsTo: (cursor: Cursor) => boolean,
  context: PageContext,
): Promise<Buffer> {
  const cursor = openCursor(deps.keyring, page, by.clientId, deps.clock.now())
  if (!belongsTo(cursor)) {
    throw recordsError('cursor-invalid', { errors: [{ pointer: '_page', detail: 'belongs to another search' }] })
  }
  return await showPage(deps, by, context, { cursor, isFirst: false, ignored: [] })
}

interface Turn {
  readonly cursor: Cursor
  readonly isFirst: boolean
  readonly ignored: readonly FieldError[]
}

/** What one page shows, and where it goes on. */
interface Read {
  readonly shown: readonly Shown[]
  readonly results: readonly SourceResult[]
  readonly total: number | undefined
  readonly cut: boolean
  /** Undefined: there is no more. */
  readonly rest: Pick<Cursor, 'types' | 'positions' | 'marks'> | undefined
}

async function showPage(deps: RecordsDeps, by: Reader, context: PageContext, turn: Turn): Promise<Buffer> {
  const { cursor, isFirst, ignored } = turn
  const { personId, kind } = cursor
  const share = deps.exchange.room.openShare()
  context.whenSent(share.close)
  try {
    const includes = includesOf(cursor)
    const decision = await decideReading(deps, by, {
      personId,
      types: typesShown(cursor),
      action: 'records.search',
    })
    // Begun before the hospitals are asked: what it must look up is looked up meanwhile.
    const remarks = deps.annotate?.(by, personId)
    // Whatever comes first to fail ends the request; the other is not left without anybody to hear of it.
    remarks?.catch(() => undefined)
    const ask = askerOf(deps, by, cursor, { decision, share, includes, signal: context.signal })
    const read = kind === 'search' ? await readOne(ask, cursor) : await readAll(deps, ask, cursor)
    const mode = kind === 'everything' ? 'match' : 'include'
    const patient =
      cursor.withPatient && (isFirst || mode === 'include')
        ? { resource: await readPerson(deps, by, personId, decision), mode: mode as 'match' | 'include' }
        : undefined
    const next = nextLink(deps, by, cursor, read)
    const body = renderBundle({
      fhirBase: `${deps.config.publicUrl}/fhir`,
      shown: read.shown,
      results: read.results,
      outcomes: outcomesOf(read.results, {
        ignored,
        cut: read.cut || next.cut,
        uncounted: decision.withheld.size > 0 && isTelling(cursor.form),
      }),
      tags: remarks === undefined ? NO_TAGS : await (await remarks)(read.results),
      patient: patient as BundleParts['patient'] & { readonly resource: Patient },
      withProvenance: cursor.withProvenance,
      total: cursor.total ?? read.total,
      links: [
        { relation: 'self', url: context.self },
        ...(next.url === undefined ? [] : [{ relation: 'next', url: next.url }]),
      ],
      at: deps.clock.now(),
    })
    // A caller that reads slowly must not keep the others waiting for as long as it likes.
    setTimeout(share.close, MAX_SENDING_MS).unref()
    return body
  } catch (error) {
    share.close()
    throw error
  }
}

/** An answer of some megabytes is sent within this time over any line that a hospital has. */
const MAX_SENDING_MS = 5_000

const NO_TAGS: ReadonlyMap<Resource, readonly Tag[]> = new Map()

interface Part {
  readonly type: RecordType
  readonly count: number
  readonly positions: readonly SourcePosition[] | undefined
  readonly deadlineMs?: number | undefined
}

type Ask = (part: Part) => Promise<readonly SourceResult[]>

function askerOf(
  deps: RecordsDeps,
  by: Reader,
  cursor: Cursor,
  grant: {
    readonly decision: AccessDecision
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

function includesOf({ types: [type], includes }: Cursor) {
  const known = type === undefined ? {} : RECORD_TYPE_FACTS[type].includes
  return {
    paths: includes,
    types: includes.flatMap((path) => known[path.slice(path.indexOf(':') + 1)] ?? []),
  }
}

async function readOne(ask: Ask, cursor: Cursor): Promise<Read> {
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
async function readAll(deps: RecordsDeps, ask: Ask, cursor: Cursor): Promise<Read> {
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

function nextLink(
  deps: RecordsDeps,
  by: Reader,
  cursor: Cursor,
  read: Read,
): { readonly url: string | undefined; readonly cut: boolean } {
  if (read.rest === undefined) return { url: undefined, cut: false }
  const page = sealCursor(
    deps.keyring,
    {
      ...cursor,
      ...read.rest,
      total: cursor.total ?? read.total,
      until: deps.clock.now().getTime() + CURSOR_LIFE_MS,
    },
    by.clientId,
  )
  if (page === undefined) return { url: undefined, cut: true }
  const path = cursor.kind === 'search' ? cursor.types[0] : `Patient/${cursor.personId}/$everything`
  return { url: `${deps.config.publicUrl}/fhir/${path}?_page=${page}`, cut: false }
}
