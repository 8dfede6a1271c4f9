import type { Merged } from './merge.ts'
import type { SourcePosition } from './search-hospital.ts'
import type { SourceIssue, SourcePage, SourceResult } from './types.ts'

/** A hospital that failed is offered again so often; then its records are given up, and it stays named. */
const MAX_FAILURES = 2
/** Links of servers in use are some hundred characters. */
const MAX_LINK = 1_000

/** What may be better a moment later. */
const PASSING: ReadonlySet<SourceIssue> = new Set(['timeout', 'transient', 'throttled', 'exception', 'incomplete'])

export interface Positions {
  readonly open: readonly SourcePosition[]
  /** True where a source has more, at a place that cannot be held. */
  readonly cut: boolean
}

/**
 * Where each source goes on after what was shown. A source that failed goes on from where it was asked, so that the next
 * page brings what it owes; a source that is done, or has nothing to say, has no position.
 */
export function positionsAfter(
  results: readonly SourceResult[],
  merged: Pick<Merged, 'consumed'>,
  before: readonly SourcePosition[] | undefined,
): Positions {
  let cut = false
  const open = results.flatMap((result): SourcePosition[] => {
    const prior = before?.find((one) => one.institution === result.source)
    const place = placeAfter(result, merged.consumed.get(result.source) ?? 0, prior)
    if (place === undefined) return []
    if (place.link !== undefined && place.link.length > MAX_LINK) {
      cut = true
      return []
    }
    const stuck = result.issue !== undefined && PASSING.has(result.issue.code) && result.found.length === 0
    const failures = stuck ? (prior?.failures ?? 0) + 1 : 0
    if (failures > MAX_FAILURES) return []
    return [{ institution: result.source, patientId: result.patientId ?? prior?.patientId, ...place, failures }]
  })
  return { open, cut }
}

type Place = Pick<SourcePosition, 'link' | 'taken' | 'last'>

function placeAfter(result: SourceResult, consumed: number, prior: SourcePosition | undefined): Place | undefined {
  const { pages = [], found, issue } = result
  const [first] = pages
  if (first === undefined) {
    const mayComeBack = result.state === 'failed' && issue !== undefined && PASSING.has(issue.code)
    return mayComeBack ? { link: prior?.link, taken: prior?.taken ?? 0, last: prior?.last } : undefined
  }
  if (consumed < found.length) {
    const last = found[consumed - 1]
    if (last === undefined) return { link: first.link, taken: first.skipped, last: prior?.last }
    const page = pages.find((one) => one.found.includes(last)) as SourcePage
    return { link: page.link, taken: page.skipped + page.found.indexOf(last) + 1, last: last.resource.id }
  }
  const next = pages.at(-1)?.next
  return next === undefined ? undefined : { link: next, taken: 0 }
}
