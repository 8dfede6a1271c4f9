import { randomUUID } from 'node:crypto'
import { checkResource, isResourceId } from './check-structure.ts'
import { hospitalError } from './errors.ts'
import { planSearch } from './plan-search.ts'
import { findRows } from './run-search.ts'
import type { HospitalStore, Row } from './store.ts'
import type { Json } from './types.ts'

interface Written {
  readonly row: Row
  readonly created: boolean
}

/** RESTful read; a deleted resource is 410, one that never was is 404. */
export function readResource(store: HospitalStore, type: string, id: string): Row {
  const row = store.live(type, id)
  if (row !== undefined) return row
  throw hospitalError(store.wasDeleted(type, id) ? 'gone' : 'not-found')
}

export function readVersion(store: HospitalStore, type: string, id: string, version: string): Row {
  const found = /^[1-9]\d{0,8}$/.test(version) ? store.version(type, id, Number(version)) : undefined
  if (found === undefined) throw hospitalError('not-found')
  if (found === 'deleted') throw hospitalError('gone')
  return found
}

/** The row an If-None-Exist condition finds: none, one, or 412 for several. */
export function findExisting(store: HospitalStore, type: string, condition: string, base: string): Row | undefined {
  const query = [...new URLSearchParams(condition)]
  // Only the business key may decide: a wider condition would take another record for this one.
  if (query.length === 0 || query.some(([name]) => name !== 'identifier')) {
    throw hospitalError('not-supported', { detail: 'A condition may name identifier only.' })
  }
  const rows = findRows(store, planSearch(type, query, base))
  if (rows.length > 1) throw hospitalError('several-matches')
  return rows[0]
}

/**
 * Creates under a new id, or under `id` where a transaction has promised one. Look-up and write happen in one turn
 * of the event loop, so parallel conditional creates cannot both miss.
 */
export function createResource(
  store: HospitalStore,
  type: string,
  body: Json,
  options: { readonly ifNoneExist: string | undefined; readonly base: string; readonly id?: string },
): Written {
  const resource = checkResource(body, type)
  const existing =
    options.ifNoneExist === undefined ? undefined : findExisting(store, type, options.ifNoneExist, options.base)
  if (existing !== undefined) return { row: existing, created: false }
  return store.put(resource, options.id ?? randomUUID())
}

/** Update, which also creates under an id the client chose; If-Match guards against a lost update. */
export function updateResource(
  store: HospitalStore,
  type: string,
  id: string,
  body: Json,
  ifMatch: string | undefined,
): Written {
  if (!isResourceId(id)) throw hospitalError('bad-value', { detail: 'The id in the address is not a resource id.' })
  const resource = checkResource(body, type)
  if (resource.id !== id)
    throw hospitalError('bad-value', { detail: 'The id in the body is not the id in the address.' })
  if (ifMatch !== undefined && ifMatch !== etagOf(store.live(type, id))) throw hospitalError('version-differs')
  return store.put(resource, id)
}

export function etagOf(row: Row | undefined): string {
  return row === undefined ? '' : `W/"${row.version}"`
}
