import { createHash } from 'node:crypto'
import { duplicateKey, issuerOf } from './duplicates.ts'
import { compareTimes, type Order } from './order.ts'
import type { Found, SourceResult } from './types.ts'

/** A match that is shown, and the copies of it that are not. */
export interface Shown {
  readonly found: Found
  readonly copies: readonly Found[]
}

export interface Merged {
  readonly shown: readonly Shown[]
  /** Matches of each source that are done with: shown, or known as copies. */
  readonly consumed: ReadonlyMap<string, number>
  /** Copies that were not shown. */
  readonly duplicates: number
  /** Marks of what was shown last: a copy of it may open the next page. */
  readonly marks: readonly Mark[]
}

/** A record that was shown, and whose copy it was. */
export type Mark = readonly [mark: string, source: string]

interface Head {
  readonly source: string
  readonly found: readonly Found[]
  /** The source has more, which was not fetched. */
  readonly more: boolean
  at: number
}

/**
 * Takes the first `count` matches of all sources in the order of time, then source, then as the source has them, so that
 * the same records always stand in the same order. The issuer's own copy of a record wins over a platform's: it is the one that gets
 * corrected. Two records of one source are never copies of each other.
 */
export function mergeSources(
  results: readonly SourceResult[],
  options: { readonly order: Order; readonly count: number; readonly given?: readonly Mark[] | undefined },
): Merged {
  const { order, count } = options
  const given = new Map(options.given)
  const heads = results
    .filter((one) => one.found.length > 0)
    .map((one): Head => ({ source: one.source, found: one.found, more: hasMore(one), at: 0 }))
    .sort((a, b) => (a.source < b.source ? -1 : 1))
  const shown: {
    found: Found
    copies: Found[]
    readonly key: string | undefined
    readonly time: number | undefined
  }[] = []
  const byKey = new Map<string, (typeof shown)[number]>()
  const mayBeCopied = copyFinder(heads, given)
  let duplicates = 0

  while (shown.length < count) {
    // What a source has behind its end may come before all that the others have: the page ends here.
    if (heads.some((one) => one.more && one.at >= one.found.length)) break
    const head = firstOf(heads, order)
    const found = head?.found[head.at]
    if (head === undefined || found === undefined) break
    const { time } = found
    head.at += 1
    const key = mayBeCopied(found) ? duplicateKey(found.resource, order) : undefined
    const known = key === undefined ? undefined : byKey.get(key)
    const before = key === undefined || given.size === 0 ? undefined : given.get(markOf(key))
    if (before !== undefined && before !== found.source) duplicates += 1
    else if (known === undefined || known.found.source === found.source) {
      const one = { found, copies: [], key, time }
      shown.push(one)
      if (key !== undefined && known === undefined) byKey.set(key, one)
    } else {
      duplicates += 1
      if (issuerOf(found.resource) === found.source) {
        known.copies.push(known.found)
        known.found = found
      } else known.copies.push(found)
    }
  }
  const last = shown.at(-1)?.time
  return {
    shown,
    consumed: new Map(heads.map((head) => [head.source, head.at])),
    duplicates,
    marks: shown.flatMap(({ key, time, found }) =>
      key !== undefined && time === last ? [[markOf(key), found.source] as const] : [],
    ),
  }
}

const hasMore = ({ state, pages }: SourceResult): boolean => state === 'ok' && pages?.at(-1)?.next !== undefined

function firstOf(heads: readonly Head[], { sort }: Order): Head | undefined {
  let first: Head | undefined
  let firstTime: number | undefined
  for (const head of heads) {
    const one = head.found[head.at]
    if (one === undefined) continue
    // Heads stand in the order of their sources: an equal time leaves the earlier one first.
    if (first === undefined || compareTimes(one.time, firstTime, sort.descending) < 0) {
      first = head
      firstTime = one.time
    }
  }
  return first
}

/**
 * Copies have the time and the issuer of what they are copies of, so most records need not be looked at more closely. Where a
 * page ends or begins, the copy may lie on the other side: those are looked at, too.
 */
function copyFinder(heads: readonly Head[], given: ReadonlyMap<string, string>): (found: Found) => boolean {
  const sources = new Map<string, string>()
  for (const { source, found } of heads) {
    for (const one of found) {
      const sign = signOf(one)
      const known = sources.get(sign)
      if (known === undefined) sources.set(sign, source)
      else if (known !== source) sources.set(sign, SEVERAL)
    }
  }
  const ends = new Set(heads.map((head) => head.found.at(-1)?.time))
  return (found) => given.size > 0 || sources.get(signOf(found)) === SEVERAL || ends.has(found.time)
}

const SEVERAL = ''

const signOf = ({ time, resource }: Found): string => `${time} ${issuerOf(resource)}`

/** Short, and telling nothing of the record: it travels with the caller. */
function markOf(key: string): string {
  return createHash('sha256').update(key).digest().toString('base64url', 0, 9)
}
