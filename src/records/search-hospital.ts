import { isList } from '../fhir/index.ts'
import { openBudget } from './budget.ts'
import { checkEntry } from './check-entry.ts'
import { type Failure, structureFailure } from './classify-failure.ts'
import { cleanerFor } from './clean-found.ts'
import type { Connection } from './connection.ts'
import { findPatient, type SoughtPerson } from './find-patient.ts'
import { type Call, nextLink, type SearchForm } from './guarded-client.ts'
import { inOrder, type Order } from './order.ts'
import type { Share } from './room.ts'
import type { Found, Origin, Resource, SourcePage, SourceResult } from './types.ts'

/** Where a search at one hospital goes on: nothing of what was found, only the place. */
export interface SourcePosition {
  readonly institution: string
  readonly patientId?: string | undefined
  /** Under the hospital's base; undefined: the search itself. */
  readonly link?: string | undefined
  /** Matches of that page that were given out, and the last of them. */
  readonly taken: number
  readonly last?: string | undefined
  /** Times in a row that the hospital failed here. */
  readonly failures: number
}

export interface HospitalSearch extends SoughtPerson {
  readonly type: string
  /** Parameters beside the patient. */
  readonly form: SearchForm
  readonly includes: readonly string[]
  /** Matches wanted at most. */
  readonly count: number
  readonly order: Order
  readonly position?: SourcePosition | undefined
  readonly deadlineMs: number
  readonly requestId: string
  readonly signal: AbortSignal | undefined
  readonly share?: Share | undefined
}

/**
 * Pages read of one hospital for one search. The caller's count goes along as `_count`, so one page is the rule; a
 * server that gives ten a page still delivers the largest count. More is a chain without end, not a patient's history.
 */
const MAX_PAGES = 20

/** More than this no hospital is asked for at once. */
const MAX_PAGE = 200

interface Gathered {
  readonly pages: SourcePage[]
  readonly included: Found[]
  count: number
  total: number
  quarantined: number
  patientId: string | undefined
}

/**
 * Asks one hospital: first who the person is there, then for the records, page by page until enough are there or the
 * time is over. Never throws for what a hospital does; every ill ends as a state of this source alone.
 */
export async function searchHospital(connection: Connection, search: HospitalSearch): Promise<SourceResult> {
  const { hospital, breaker } = connection
  const source = hospital.institution
  const began = performance.now()
  const gathered: Gathered = {
    pages: [],
    included: [],
    count: 0,
    total: 0,
    quarantined: 0,
    patientId: connection.links.get(whoOf(search)),
  }
  const end = (state: SourceResult['state'], issue?: SourceResult['issue'], retryAfterS?: number): SourceResult => ({
    source,
    state,
    elapsedMs: Math.round(performance.now() - began),
    found: gathered.pages.flatMap((page) => page.found),
    pages: gathered.pages,
    included: gathered.included,
    patientId: gathered.patientId,
    // What a hospital claims to have counts only where its answer was whole.
    total: state === 'ok' ? Math.max(gathered.total, gathered.count) : gathered.count,
    issue,
    retryAfterS,
  })

  if (search.signal?.aborted === true) return end('cancelled')
  const pass = breaker.enter()
  if ('waitS' in pass) {
    const text = 'The hospital failed repeatedly and is being left alone.'
    return end('failed', { code: 'throttled', text }, pass.waitS)
  }
  const budget = openBudget(
    Math.min(hospital.deadlineMs ?? search.deadlineMs, search.deadlineMs),
    hospital.maxBytes,
    search.signal,
    search.share,
  )
  try {
    const failure = await gather(
      connection,
      search,
      { budget, requestId: search.requestId, visited: new Set() },
      gathered,
    )
    if (failure === 'not-linked') {
      pass.leave('good')
      return end('not-linked', { code: 'not-found', text: 'The person is not known at this hospital.' })
    }
    if (failure === undefined && gathered.quarantined === 0) {
      pass.leave('good')
      return end('ok')
    }
    // What does not fit may come from an id that is not the person's any more.
    connection.links.drop(whoOf(search))
    const shown =
      failure ?? structureFailure(`${gathered.quarantined} entries were withheld: not of this patient, or not valid.`)
    pass.leave(shown.verdict, shown.retryAfterS)
    if (shown.cancelled === true) return end('cancelled')
    if (gathered.count === 0) return end('failed', { code: shown.code, text: shown.text }, shown.retryAfterS)
    // Some pages came before the time was over: they are shown, and said to be incomplete.
    const late = shown.code === 'timeout'
    return end('partial', {
      code: late ? 'incomplete' : shown.code,
      text: late ? 'Only the first pages came before the deadline.' : shown.text,
    })
  } finally {
    budget.close()
    // Not given back yet means that something threw, which only this hospital's data can have caused.
    pass.leave('bad')
  }
}

/**
 * Whom a link stands for: with the identifier it was found by. Two persons whose merging is undone, or a number that is
 * corrected, must not keep one seeing what is the other's.
 */
const whoOf = ({ personId, identifier }: HospitalSearch): string => `${personId} ${identifier.type} ${identifier.value}`

async function gather(
  connection: Connection,
  search: HospitalSearch,
  call: Call,
  gathered: Gathered,
): Promise<Failure | 'not-linked' | undefined> {
  const { client, hospital } = connection
  if (gathered.patientId === undefined || search.type === 'Patient') {
    const patient = await findPatient(connection, search, call)
    if (patient === undefined) return 'not-linked'
    if ('failure' in patient) return patient.failure
    gathered.patientId = patient.found.origin.patientId
    connection.links.set(whoOf(search), gathered.patientId)
    if (search.type === 'Patient') {
      const found = [cleanerFor(patient.found.text, hospital, search.identifier)(patient.found)]
      gathered.pages.push({ link: undefined, next: undefined, skipped: 0, found })
      gathered.count = 1
      return undefined
    }
  }
  const { institution, baseUrl } = hospital
  const { personId, position } = search
  if (position?.patientId !== undefined && position.patientId !== gathered.patientId) {
    return structureFailure('The page is of a patient who is not this person any more.')
  }
  const origin: Origin = { institution, baseUrl, personId, patientId: gathered.patientId }
  let link = position?.link
  let reply =
    link === undefined
      ? await client.search(search.type, firstForm(search, origin), call)
      : await client.follow(link, call)
  for (let pages = 1; ; pages++) {
    if ('failure' in reply) return reply.failure
    const page = reply.body
    const { total } = page
    if (typeof total === 'number' && Number.isSafeInteger(total)) gathered.total = total
    const matches = readEntries(reply, search, origin, hospital, gathered)
    const skipped = pages === 1 && position !== undefined ? takenOf(matches, position) : 0
    const found = matches.slice(skipped)
    const next = nextLink(page)
    const path = next === undefined ? undefined : client.pathOf(next)
    gathered.pages.push({ link, next: path, skipped, found })
    gathered.count += found.length
    if (next === undefined || (gathered.count >= search.count && path !== undefined)) return undefined
    if (pages === MAX_PAGES) {
      return { code: 'incomplete', text: `Only the first ${MAX_PAGES} pages were read.`, verdict: 'neutral' }
    }
    link = path
    reply = await client.follow(next, call)
  }
}

function firstForm(search: HospitalSearch, { patientId }: Origin): SearchForm {
  const { parameter, descending } = search.order.sort
  return {
    patient: [`Patient/${patientId}`],
    ...search.form,
    // The first of each hospital: else the first of all could not be merged from their first pages.
    _sort: [`${descending ? '-' : ''}${parameter}`],
    _count: [String(Math.min(Math.max(search.count, 1), MAX_PAGE))],
  }
}

/** The matches of one page in the order of the search; what came along with them is kept beside. */
function readEntries(
  { body, raw, places }: { readonly body: Resource; readonly raw: string; readonly places: readonly unknown[] },
  search: HospitalSearch,
  origin: Origin,
  hospital: Connection['hospital'],
  gathered: Gathered,
): readonly Found[] {
  const entries = isList(body['entry']) ? body['entry'] : []
  const expected = { type: search.type, includes: search.includes, origin, order: search.order }
  const clean = cleanerFor(raw, hospital, search.identifier)
  const matches: Found[] = []
  // A page that moved on meanwhile repeats what the one before it had; in one bundle each stands once (R4 bdl-7).
  const before = new Set(gathered.pages.flatMap((page) => page.found.map((one) => one.resource.id)))
  for (const [index, entry] of entries.entries()) {
    const verdict = checkEntry(entry, raw, places[index] as Parameters<typeof checkEntry>[2], expected)
    if (verdict.kind === 'quarantined') gathered.quarantined += 1
    else if (verdict.kind === 'include') gathered.included.push(clean(verdict.found))
    else if (verdict.kind === 'match' && !before.has(verdict.found.resource.id)) {
      before.add(verdict.found.resource.id)
      matches.push(clean(verdict.found))
    }
  }
  return inOrder(matches, search.order)
}

/** How many of a page's matches were given out: behind the last one, or as many where that one is gone. */
function takenOf(matches: readonly Found[], { taken, last }: SourcePosition): number {
  const at = last === undefined ? -1 : matches.findIndex((one) => one.resource.id === last)
  return at < 0 ? Math.min(taken, matches.length) : at + 1
}
