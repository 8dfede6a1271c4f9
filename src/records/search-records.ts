import type { Patient } from 'fhir/r4.js'
import type { FieldError } from '../kernel/errors.ts'
import type { Tag } from './annotate.ts'
import { beginReading } from './begin-reading.ts'
import { type BundleParts, renderBundle } from './bundle.ts'
import { CURSOR_LIFE_MS, type Cursor, openCursor, sealCursor } from './cursor.ts'
import { isTelling } from './decide.ts'
import { recordsError } from './errors.ts'
import { outcomesOf } from './outcomes.ts'
import { readPerson } from './patient-resource.ts'
import { askerOf, includesOf, type Read, readAll, readOne, typesShown } from './read-page.ts'
import type { SearchRequest } from './read-parameters.ts'
import type { RecordType } from './record-types.ts'
import type { RecordsDeps } from './records-deps.ts'
import type { Reader, Resource } from './types.ts'

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

/** Where every search begins; when its link ends is written when it is sealed. */
const BEGINNING = { total: undefined, positions: undefined, marks: [], until: 0 } as const

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
      ...BEGINNING,
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
      ...BEGINNING,
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

async function showPage(deps: RecordsDeps, by: Reader, context: PageContext, turn: Turn): Promise<Buffer> {
  const { cursor, isFirst, ignored } = turn
  const { personId, kind } = cursor
  const share = deps.exchange.room.openShare()
  context.whenSent(share.close)
  try {
    const includes = includesOf(cursor)
    const reading = await beginReading(
      deps,
      by,
      { personId, types: typesShown(cursor), action: 'records.search' },
      deps.annotate,
    )
    const { decision } = reading
    const ask = askerOf(deps, by, cursor, { reading, share, includes, signal: context.signal })
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
      tags: (await reading.remarks?.(read.results)) ?? NO_TAGS,
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
