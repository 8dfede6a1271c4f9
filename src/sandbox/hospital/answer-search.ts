import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../../kernel/time.ts'
import { hospitalError } from './errors.ts'
import { type Include, planSearch, type SearchPlan } from './plan-search.ts'
import { findRows, includedRows } from './run-search.ts'
import type { HospitalStore, Row } from './store.ts'

/** A page of results before it becomes JSON, so that a fault can be planted in it. */
export interface SearchPage {
  readonly type: string
  readonly total: number
  readonly self: string
  readonly next: string | undefined
  readonly matches: readonly Row[]
  readonly included: readonly Row[]
}

interface Snapshot {
  readonly type: string
  readonly rows: readonly Row[]
  readonly includes: readonly Include[]
  readonly count: number
  readonly self: string
  readonly until: number
}

const PAGE_LIFE_MS = 600_000
const MAX_SNAPSHOTS = 500

/**
 * Searches with stable pages: the result set is kept under a random name for ten minutes, so a later page neither
 * repeats nor skips rows when records change meanwhile. The `next` link is opaque and on this server's own origin.
 */
export interface SearchDesk {
  readonly search: (type: string, query: readonly (readonly [string, string])[]) => SearchPage
  readonly turnPage: (type: string, cursor: string) => SearchPage
  readonly plan: (type: string, query: readonly (readonly [string, string])[]) => SearchPlan
}

export function createSearchDesk(store: HospitalStore, clock: Clock, baseUrl: () => string): SearchDesk {
  const snapshots = new Map<string, Snapshot>()

  const page = (snapshot: Snapshot, name: string | undefined, offset: number): SearchPage => {
    // A row that was deleted or changed since keeps its place; what is sent is its present version.
    const matches = snapshot.rows
      .slice(offset, offset + snapshot.count)
      .flatMap((row) => store.live(row.type, row.id) ?? [])
    const more = name !== undefined && offset + snapshot.count < snapshot.rows.length
    return {
      type: snapshot.type,
      total: snapshot.rows.length,
      self: snapshot.self,
      next: more ? `${baseUrl()}/${snapshot.type}?_page=${encodeCursor(name, offset + snapshot.count)}` : undefined,
      matches,
      included: includedRows(store, matches, snapshot.includes),
    }
  }

  const plan: SearchDesk['plan'] = (type, query) => planSearch(type, query, baseUrl())

  return {
    plan,
    search: (type, query) => {
      const { includes, count, ...asked } = plan(type, query)
      const snapshot: Snapshot = {
        type,
        rows: findRows(store, { ...asked, includes, count }),
        includes,
        count,
        self: selfLink(`${baseUrl()}/${type}`, query, count),
        until: clock.now().getTime() + PAGE_LIFE_MS,
      }
      // _count=0 asks for the total alone (R4 search.html#count).
      if (count === 0 || snapshot.rows.length <= count) return page(snapshot, undefined, 0)
      const name = randomUUID()
      snapshots.set(name, snapshot)
      for (const oldest of snapshots.keys()) {
        if (snapshots.size <= MAX_SNAPSHOTS) break
        snapshots.delete(oldest)
      }
      return page(snapshot, name, 0)
    },
    turnPage: (type, cursor) => {
      const { name, offset } = decodeCursor(cursor)
      const snapshot = snapshots.get(name)
      if (snapshot === undefined || snapshot.type !== type || snapshot.until < clock.now().getTime()) {
        snapshots.delete(name)
        throw hospitalError('page-expired', { detail: 'Search again: this page link is unknown or too old.' })
      }
      return page(snapshot, name, offset)
    },
  }
}

function encodeCursor(name: string, offset: number): string {
  return Buffer.from(`${name}.${offset}`).toString('base64url')
}

function decodeCursor(cursor: string): { readonly name: string; readonly offset: number } {
  const match = /^([0-9a-f-]{36})\.(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match === null)
    throw hospitalError('page-expired', { detail: 'Search again: this page link is unknown or too old.' })
  return { name: match[1] ?? '', offset: Number(match[2]) }
}

/** What was understood, with the page size in force (R4: the self link shows what the server did). */
function selfLink(address: string, query: readonly (readonly [string, string])[], count: number): string {
  const shown = new URLSearchParams(query.filter(([name]) => name !== '_count').map(([name, value]) => [name, value]))
  shown.append('_count', String(count))
  return `${address}?${shown.toString()}`
}

/** Names what a page shows: the same rows in the same versions, whichever snapshot its `next` link belongs to. */
export function etagOfPage({ total, next, self, matches, included }: SearchPage): string {
  const hash = createHash('sha256').update(JSON.stringify([self, total, next !== undefined]))
  for (const row of [...matches, ...included]) hash.update(`\n${row.type}/${row.id}/${row.version}`)
  return `W/"${hash.digest('base64url').slice(0, 22)}"`
}

/** The searchset as text: rows bring their JSON along, so nothing is serialised twice. */
export function renderPage(page: SearchPage, base: string): string {
  const entry = (row: Row, mode: 'match' | 'include'): string =>
    `{"fullUrl":${JSON.stringify(`${base}/${row.type}/${row.id}`)},"resource":${row.json},"search":{"mode":"${mode}"}}`
  const entries = [
    ...page.matches.map((row) => entry(row, 'match')),
    ...page.included.map((row) => entry(row, 'include')),
  ]
  const links = [{ relation: 'self', url: page.self }]
  if (page.next !== undefined) links.push({ relation: 'next', url: page.next })
  // R4 JSON has no empty arrays: an empty result has no `entry`.
  const tail = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  return `{"resourceType":"Bundle","type":"searchset","total":${page.total},"link":${JSON.stringify(links)}${tail}}`
}
