import { randomUUID } from 'node:crypto'
import { AppError } from '../../kernel/errors.ts'
import { renderPage, type SearchDesk } from './answer-search.ts'
import { checkResource } from './check-structure.ts'
import { hospitalError } from './errors.ts'
import { createResource, etagOf, findExisting, readResource, updateResource } from './interactions.ts'
import { renderFailure } from './outcome.ts'
import { RESOURCE_TYPES } from './resource-types.ts'
import { rewriteReferences } from './rewrite-references.ts'
import type { HospitalStore, Row } from './store.ts'
import { isList, isObject, isText, type Json, type JsonObject } from './types.ts'

export const MAX_ENTRIES = 5_000

/** One entry, its request taken apart. */
interface Step {
  readonly index: number
  readonly method: 'DELETE' | 'POST' | 'PUT' | 'GET'
  readonly type: string
  readonly id: string | undefined
  readonly query: string | undefined
  readonly fullUrl: string | undefined
  readonly resource: Json | undefined
  readonly ifNoneExist: string | undefined
  readonly ifMatch: string | undefined
}

interface BundleDeps {
  readonly store: HospitalStore
  readonly desk: SearchDesk
  readonly base: string
  /** Throws where the caller's token does not cover the interaction. */
  readonly allow: (type: string, interaction: 'c' | 'r' | 'u' | 'd' | 's') => void
}

const INTERACTION = { DELETE: 'd', POST: 'c', PUT: 'u', GET: 'r' } as const
/** R4 http.html#trules: the order in which a transaction takes effect. */
const ORDER = ['DELETE', 'POST', 'PUT', 'GET'] as const

/** Runs a transaction (all or nothing) or a batch (each entry for itself) and returns the response bundle's text. */
export function runBundle(deps: BundleDeps, body: Json): string {
  if (!isObject(body) || body['resourceType'] !== 'Bundle') {
    throw hospitalError('bad-structure', { detail: 'Only a Bundle may be posted here.' })
  }
  const { type, entry } = body
  if (type !== 'transaction' && type !== 'batch') {
    throw hospitalError('not-supported', { detail: 'Not supported: a bundle that is neither transaction nor batch.' })
  }
  const entries = isList(entry) ? entry : []
  if (entries.length > MAX_ENTRIES)
    throw hospitalError('too-many-entries', { detail: `At most ${MAX_ENTRIES} entries.` })
  const answers = type === 'transaction' ? runTransaction(deps, entries) : runBatch(deps, entries)
  const tail = answers.length === 0 ? '' : `,"entry":[${answers.join(',')}]`
  return `{"resourceType":"Bundle","type":"${type}-response"${tail}}`
}

function runBatch(deps: BundleDeps, entries: readonly Json[]): string[] {
  return entries.map((entry, index) => {
    try {
      return deps.store.atomically(() => runStep(deps, readStep(entry, index), undefined))
    } catch (error) {
      const { status, body } = renderFailure(error)
      return `{"response":{"status":"${status}","outcome":${body}}}`
    }
  })
}

function runTransaction(deps: BundleDeps, entries: readonly Json[]): string[] {
  return deps.store.atomically(() => {
    const steps = entries.map((entry, index) => at(index, () => readStep(entry, index)))
    refuseSameTarget(steps)
    const addresses = new Map<string, string>()
    const promised = new Map<Step, string>()
    for (const step of steps) at(step.index, () => promiseAddress(deps, step, addresses, promised))
    const answers = steps.map(() => '')
    for (const method of ORDER) {
      for (const step of steps.filter((item) => item.method === method)) {
        answers[step.index] = at(step.index, () => {
          const resource =
            step.resource === undefined ? undefined : rewriteReferences(deps, step.resource, step.fullUrl, addresses)
          return runStep(deps, { ...step, resource }, promised.get(step))
        })
      }
    }
    return answers
  })
}

/** Decides before anything is written where each entry will live, so that references may point forward. */
function promiseAddress(
  deps: BundleDeps,
  step: Step,
  addresses: Map<string, string>,
  promised: Map<Step, string>,
): void {
  const { type, fullUrl } = step
  let id = step.id
  if (step.method === 'POST') {
    // Two entries under one key meet here too: the second finds what the first was promised.
    const key = step.ifNoneExist === undefined ? undefined : `${type}?${step.ifNoneExist}`
    const earlier = key === undefined ? undefined : addresses.get(key)
    const existing =
      step.ifNoneExist === undefined ? undefined : findExisting(deps.store, type, step.ifNoneExist, deps.base)
    id = existing?.id ?? earlier?.split('/')[1] ?? randomUUID()
    promised.set(step, id)
    if (key !== undefined) addresses.set(key, `${type}/${id}`)
  }
  if (fullUrl === undefined || id === undefined || step.method === 'GET') return
  if (addresses.has(fullUrl)) throw hospitalError('bad-structure', { detail: 'Two entries have the same fullUrl.' })
  addresses.set(fullUrl, `${type}/${id}`)
}

function refuseSameTarget(steps: readonly Step[]): void {
  const seen = new Set<string>()
  for (const { method, type, id } of steps) {
    if (id === undefined || method === 'GET') continue
    if (seen.has(`${type}/${id}`))
      throw hospitalError('bad-structure', { detail: 'Two entries write the same resource.' })
    seen.add(`${type}/${id}`)
  }
}

function runStep(deps: BundleDeps, step: Step, promisedId: string | undefined): string {
  const { store, base } = deps
  const { type, id, method } = step
  deps.allow(type, method === 'GET' && id === undefined ? 's' : INTERACTION[method])
  if (method === 'POST') {
    const options = { ifNoneExist: step.ifNoneExist, base, ...(promisedId === undefined ? {} : { id: promisedId }) }
    const { row, created } = createResource(store, type, step.resource ?? null, options)
    return writtenEntry(row, created, base)
  }
  if (method === 'GET') {
    if (id === undefined) {
      return `{"resource":${renderPage(deps.desk.search(type, [...new URLSearchParams(step.query)]), base)},"response":{"status":"200"}}`
    }
    const row = readResource(store, type, id)
    return `{"resource":${row.json},"response":${JSON.stringify({ status: '200', etag: etagOf(row) })}}`
  }
  if (id === undefined) throw hospitalError('not-supported', { detail: `Not supported: ${method} without an id.` })
  if (method === 'DELETE') {
    store.remove(type, id)
    return '{"response":{"status":"204"}}'
  }
  const { row, created } = updateResource(store, type, id, step.resource ?? null, step.ifMatch)
  return writtenEntry(row, created, base)
}

function writtenEntry(row: Row, created: boolean, base: string): string {
  const response = {
    status: created ? '201' : '200',
    location: `${base}/${row.type}/${row.id}/_history/${row.version}`,
    etag: etagOf(row),
    lastModified: new Date(row.updatedAt).toISOString(),
  }
  return `{"response":${JSON.stringify(response)}}`
}

function readStep(entry: Json, index: number): Step {
  const request = isObject(entry) ? entry['request'] : undefined
  if (!isObject(entry) || !isObject(request))
    throw hospitalError('bad-structure', { detail: 'The entry has no request.' })
  const { method, url } = request
  const match = isText(url) ? /^([A-Za-z]+)(?:\/([A-Za-z0-9\-.]{1,64}))?(?:\?(.*))?$/.exec(url) : null
  if (match === null || !isMethod(method)) {
    throw hospitalError('not-supported', { detail: 'Not supported: the method or url of the entry.' })
  }
  const [, type = '', id, query] = match
  if (!RESOURCE_TYPES.has(type)) throw hospitalError('unknown-type')
  if (query !== undefined && (method !== 'GET' || id !== undefined)) {
    throw hospitalError('not-supported', { detail: 'Not supported: a query in the url of this entry.' })
  }
  if (method === 'POST' && id !== undefined)
    throw hospitalError('not-supported', { detail: 'Not supported: POST with an id.' })
  const { fullUrl, resource } = entry
  if ((method === 'POST' || method === 'PUT') && resource === undefined) {
    throw hospitalError('bad-structure', { detail: 'The entry has no resource.' })
  }
  if (resource !== undefined) checkResource(resource, type)
  return {
    index,
    method,
    type,
    id,
    query,
    fullUrl: isText(fullUrl) ? fullUrl : undefined,
    resource,
    ifNoneExist: textOf(request, 'ifNoneExist'),
    ifMatch: textOf(request, 'ifMatch'),
  }
}

function isMethod(method: Json | undefined): method is Step['method'] {
  return ORDER.some((known) => known === method)
}

function textOf(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return isText(value) ? value : undefined
}

/** Names the entry in the message of a failed transaction. */
function at<T>(index: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, error, { detail: `Entry ${index}: ${error.detail ?? error.title}`, cause: error })
  }
}
