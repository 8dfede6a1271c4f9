import { isList, isObject } from '../fhir/index.ts'
import type { PersonIdentifier } from '../people/index.ts'
import { openBudget } from './budget.ts'
import { checkEntry, FHIR_ID } from './check-entry.ts'
import { type Failure, structureFailure } from './classify-failure.ts'
import type { Connection } from './connection.ts'
import { type Call, nextLink, type SearchForm } from './guarded-client.ts'
import type { Found, RecordType, Resource, SourceResult } from './types.ts'
import { withholdIdentity } from './withhold-identity.ts'

export interface HospitalSearch {
  readonly identifier: PersonIdentifier
  readonly type: RecordType
  /** Parameters beside the patient. */
  readonly form: SearchForm
  readonly includes: readonly string[]
  /** Matches wanted at most. */
  readonly count: number
  readonly deadlineMs: number
  readonly requestId: string
  readonly signal: AbortSignal | undefined
}

/**
 * Pages read of one hospital for one search. The caller's count goes along as `_count`, so one page is the rule; a
 * server that gives ten a page still delivers the largest count. More is a chain without end, not a patient's history.
 */
const MAX_PAGES = 20

interface Gathered {
  readonly found: Found[]
  readonly included: Found[]
  total: number
  quarantined: number
}

/**
 * Asks one hospital: first who the person is there, then for the records, page by page until enough are there or the
 * time is over. Never throws for what a hospital does; every ill ends as a state of this source alone.
 */
export async function searchHospital(connection: Connection, search: HospitalSearch): Promise<SourceResult> {
  const { hospital, breaker } = connection
  const source = hospital.institution
  const began = performance.now()
  const gathered: Gathered = { found: [], included: [], total: 0, quarantined: 0 }
  const end = (state: SourceResult['state'], issue?: SourceResult['issue'], retryAfterS?: number): SourceResult => ({
    source,
    state,
    elapsedMs: Math.round(performance.now() - began),
    found: gathered.found,
    included: gathered.included,
    // What a hospital claims to have counts only where its answer was whole.
    total: state === 'ok' ? Math.max(gathered.total, gathered.found.length) : gathered.found.length,
    issue,
    retryAfterS,
  })

  if (search.signal?.aborted === true) return end('cancelled')
  const waitS = breaker.enter()
  if (waitS !== undefined) {
    return end('failed', { code: 'throttled', text: 'The hospital failed repeatedly and is being left alone.' }, waitS)
  }
  const budget = openBudget(
    Math.min(hospital.deadlineMs ?? search.deadlineMs, search.deadlineMs),
    hospital.maxBytes,
    search.signal,
  )
  let settled = false
  const leave: typeof breaker.leave = (verdict, openForS) => {
    settled = true
    breaker.leave(verdict, openForS)
  }
  try {
    const failure = await gather(
      connection,
      search,
      { budget, requestId: search.requestId, visited: new Set() },
      gathered,
    )
    if (failure === 'not-linked') {
      leave('good')
      return end('not-linked', { code: 'not-found', text: 'The person is not known at this hospital.' })
    }
    if (failure === undefined && gathered.quarantined === 0) {
      leave('good')
      return end('ok')
    }
    const shown =
      failure ?? structureFailure(`${gathered.quarantined} entries were withheld: not of this patient, or not valid.`)
    leave(shown.verdict, shown.retryAfterS)
    if (shown.cancelled === true) return end('cancelled')
    if (gathered.found.length === 0) return end('failed', { code: shown.code, text: shown.text }, shown.retryAfterS)
    // Some pages came before the time was over: they are shown, and said to be incomplete.
    const late = shown.code === 'timeout'
    return end('partial', {
      code: late ? 'incomplete' : shown.code,
      text: late ? 'Only the first pages came before the deadline.' : shown.text,
    })
  } finally {
    budget.close()
    // Unsettled means that something threw, which only this hospital's data can have caused.
    if (!settled) breaker.leave('bad')
  }
}

async function gather(
  connection: Connection,
  search: HospitalSearch,
  call: Call,
  gathered: Gathered,
): Promise<Failure | 'not-linked' | undefined> {
  const { client, hospital } = connection
  const patientId = await findPatient(connection, search.identifier, call)
  if (typeof patientId !== 'string') return patientId?.failure ?? 'not-linked'
  const expected = {
    source: hospital.institution,
    baseUrl: hospital.baseUrl,
    type: search.type,
    includes: search.includes,
    patientId,
  }
  let reply = await client.search(
    search.type,
    {
      patient: [`Patient/${patientId}`],
      ...search.form,
      // The newest of each hospital: else the newest of all could not be merged from their first pages.
      _sort: ['-date'],
      _count: [String(Math.max(search.count, 1))],
    },
    call,
  )
  for (let pages = 1; ; pages++) {
    if ('failure' in reply) return reply.failure
    const page = reply.body
    const { total } = page
    if (typeof total === 'number' && Number.isSafeInteger(total)) gathered.total = total
    for (const entry of entriesOf(page)) {
      const verdict = checkEntry(entry, expected)
      if (verdict.kind === 'quarantined') gathered.quarantined += 1
      else if (verdict.kind !== 'ignored') {
        const { found } = verdict
        const clean = { ...found, resource: withholdIdentity(found.resource, hospital, search.identifier) }
        if (verdict.kind === 'include') gathered.included.push(clean)
        else gathered.found.push(clean)
      }
    }
    if (gathered.found.length >= search.count) return undefined
    if (pages === MAX_PAGES && nextLink(page) !== undefined) {
      return { code: 'incomplete', text: `Only the first ${MAX_PAGES} pages were read.`, verdict: 'neutral' }
    }
    const next = client.next(page, call)
    if (next === undefined) return undefined
    reply = await next
  }
}

/**
 * The patient's logical id at the hospital, found by identifier; undefined where the person is not known there. The
 * answer must carry the identifier itself: a server that got it wrong would give us somebody else's records.
 */
async function findPatient(
  { client, hospital }: Connection,
  identifier: PersonIdentifier,
  call: Call,
): Promise<string | { readonly failure: Failure } | undefined> {
  const system = hospital.identifierSystems[identifier.type]
  if (system === undefined) return undefined
  const reply = await client.search('Patient', { identifier: [`${system}|${identifier.value}`], _count: ['3'] }, call)
  if ('failure' in reply) return reply
  const patients = entriesOf(reply.body).flatMap((entry) => {
    const resource = isObject(entry) ? entry['resource'] : undefined
    return isObject(resource) && resource['resourceType'] === 'Patient' ? [resource as Resource] : []
  })
  if (patients.length === 0) return undefined
  if (!patients.every((one) => bears(one, system, identifier.value))) {
    return { failure: structureFailure('The hospital answered with another patient than the one asked for.') }
  }
  const [patient] = patients
  if (patients.length > 1 || patient === undefined) {
    return {
      failure: {
        code: 'multiple-matches',
        text: 'The hospital has several patients with this identifier.',
        verdict: 'neutral',
      },
    }
  }
  return typeof patient.id === 'string' && FHIR_ID.test(patient.id)
    ? patient.id
    : { failure: structureFailure('The hospital gave its patient no usable id.') }
}

function bears(patient: Resource, system: string, value: string): boolean {
  const identifiers = isList(patient['identifier']) ? patient['identifier'] : []
  return identifiers.some((one) => isObject(one) && one['system'] === system && one['value'] === value)
}

function entriesOf(bundle: Resource): readonly unknown[] {
  return isList(bundle['entry']) ? bundle['entry'] : []
}
