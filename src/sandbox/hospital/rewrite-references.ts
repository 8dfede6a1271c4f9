import { hospitalError } from './errors.ts'
import { isRawDecimal } from './json.ts'
import { planSearch } from './plan-search.ts'
import { RESOURCE_TYPES } from './resource-types.ts'
import { findRows } from './run-search.ts'
import type { HospitalStore } from './store.ts'
import { isList, isObject, isText, type Json } from './types.ts'

/** Elements whose value may name another entry of the bundle (R4 http.html#trules: Reference, uri, url, oid, uuid). */
const LINKS = new Set(['reference', 'valueUri', 'valueUrl', 'valueUuid'])

/** A copy of an entry's resource in which links to other entries are the addresses they were promised. */
export function rewriteReferences(
  deps: { readonly store: HospitalStore; readonly base: string },
  value: Json,
  fullUrl: string | undefined,
  addresses: ReadonlyMap<string, string>,
): Json {
  const base = /^(https?:\/\/.*)\/[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl ?? '')?.[1]
  const link = (text: string): string => {
    const direct = addresses.get(text) ?? (base === undefined ? undefined : addresses.get(`${base}/${text}`))
    return direct ?? (text.includes('?') ? resolveCondition(deps, text) : text)
  }
  const walk = (item: Json): Json => {
    if (isRawDecimal(item)) return item
    if (isList(item)) return item.map(walk)
    if (!isObject(item)) return item
    return Object.fromEntries(
      Object.entries(item).map(([name, child]) => [
        name,
        LINKS.has(name) && isText(child)
          ? name === 'reference'
            ? link(child)
            : (addresses.get(child) ?? child)
          : walk(child ?? null),
      ]),
    )
  }
  return walk(value)
}

/** A conditional reference such as `Practitioner?identifier=system|value` must find exactly one resource. */
function resolveCondition(deps: { readonly store: HospitalStore; readonly base: string }, text: string): string {
  const [type = '', query = ''] = text.split('?', 2)
  // A reference with a query at another server is not ours to resolve.
  if (!RESOURCE_TYPES.has(type)) return text
  const rows = findRows(deps.store, planSearch(type, new URLSearchParams(query), deps.base))
  const only = rows[0]
  if (only === undefined || rows.length > 1) {
    throw hospitalError('several-matches', { detail: 'A conditional reference does not find exactly one resource.' })
  }
  return `${type}/${only.id}`
}
