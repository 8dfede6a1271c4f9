import { isList, isObject } from '../fhir/index.ts'
import type { Found, Resource } from './types.ts'

export interface Merged {
  readonly entries: readonly Found[]
  /** Copies of a report that its issuer delivered as well. */
  readonly duplicates: number
}

/** Newest first; then by source and id, so that the same records always stand in the same order. */
export function mergeFound(all: readonly Found[]): Merged {
  const byReport = new Map<string, Found>()
  const entries: Found[] = []
  for (const one of all) {
    const key = reportKey(one.resource)
    const known = key === undefined ? undefined : byReport.get(key)
    if (key === undefined || known === undefined) {
      if (key !== undefined) byReport.set(key, one)
      entries.push(one)
    } else if (issuerOf(one.resource) === one.source && known.source !== one.source) {
      // The issuer's own copy wins over a platform's: it is the one that gets corrected.
      byReport.set(key, one)
      entries[entries.indexOf(known)] = one
    }
  }
  return { entries: entries.toSorted(compare), duplicates: all.length - entries.length }
}

/** One report of one issuing organisation, however many houses hold a copy. Without both parts it stays itself. */
function reportKey(resource: Resource): string | undefined {
  const issuer = issuerOf(resource)
  const identifiers = isList(resource['identifier']) ? resource['identifier'].filter(isObject) : []
  const number = identifiers.find((one) => typeof one['system'] === 'string' && typeof one['value'] === 'string')
  if (issuer === undefined || number === undefined) return undefined
  return JSON.stringify([resource.resourceType, issuer, number['system'], number['value']])
}

function issuerOf(resource: Resource): string | undefined {
  const performers = isList(resource['performer']) ? resource['performer'].filter(isObject) : []
  for (const { identifier } of performers) {
    if (isObject(identifier) && typeof identifier['value'] === 'string') return identifier['value']
  }
  return undefined
}

function compare(a: Found, b: Found): number {
  const [timeA, timeB] = [effectiveTime(a.resource), effectiveTime(b.resource)]
  // Without a time: after all that have one.
  if (timeA !== timeB) return timeA > timeB ? -1 : 1
  return order(a.source, b.source) || order(a.resource.id ?? '', b.resource.id ?? '')
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Milliseconds of when it was observed, else issued. */
export function effectiveTime(resource: Resource): number {
  const period = resource['effectivePeriod']
  const text = [
    resource['effectiveDateTime'],
    resource['effectiveInstant'],
    isObject(period) ? (period['start'] ?? period['end']) : undefined,
    resource['issued'],
  ].find((one) => typeof one === 'string')
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at
}
