import { isObject } from '../fhir/index.ts'
import type { Sort } from './read-parameters.ts'
import { RECORD_TYPE_FACTS, type RecordType } from './record-types.ts'
import type { Found, Resource } from './types.ts'

/** In which order the matches of a type stand. */
export interface Order {
  readonly type: RecordType | 'Patient'
  readonly sort: Sort
}

/** Milliseconds of when it happened, or of its last change; undefined where the resource does not say. */
export function timeOf(resource: Resource, { type, sort }: Order): number | undefined {
  if (sort.parameter === '_lastUpdated') {
    const { meta } = resource
    return isObject(meta) ? instant(meta['lastUpdated']) : undefined
  }
  if (type === 'Patient') return undefined
  for (const element of RECORD_TYPE_FACTS[type].dateElements) {
    const value = resource[element]
    const text = isObject(value) ? (value['start'] ?? value['end']) : value
    if (text !== undefined) return instant(text)
  }
  return undefined
}

/**
 * By time, those without one last in both directions. Equal ones of one hospital keep the order that the hospital gave
 * them: it is the same on each of its pages, which an order made here of one page would not be.
 */
export function inOrder(found: readonly Found[], { sort }: Order): readonly Found[] {
  const compare = (a: Found, b: Found): number => compareTimes(a.time, b.time, sort.descending)
  const isSorted = found.every((one, at) => at === 0 || compare(found[at - 1] as Found, one) <= 0)
  return isSorted ? found : found.toSorted(compare)
}

export function compareTimes(a: number | undefined, b: number | undefined, descending: boolean): number {
  if (a === b) return 0
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1
  return descending ? b - a : a - b
}

function instant(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
