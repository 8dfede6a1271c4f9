import { isList, isObject } from '../fhir/index.ts'
import type { Order } from './order.ts'
import { timeOf } from './order.ts'
import type { Resource } from './types.ts'

/**
 * By what two houses' copies of one record are known as one; undefined where it cannot be told. A report: issuing
 * organisation and report number. An observation: issuing organisation, number where it has one, what was observed, when,
 * and the value itself, so that a copy which says something else is never taken for the same.
 */
export function duplicateKey(resource: Resource, order: Order): string | undefined {
  const issuer = issuerOf(resource)
  if (issuer === undefined) return undefined
  if (resource.resourceType === 'DiagnosticReport') {
    const number = numberOf(resource)
    return number === undefined ? undefined : JSON.stringify(['report', issuer, number])
  }
  if (resource.resourceType !== 'Observation') return undefined
  const time = timeOf(resource, { ...order, sort: { parameter: 'date', descending: true } })
  const codes = codesOf(resource['code'])
  if (time === undefined || codes.length === 0) return undefined
  const values = Object.entries(resource).filter(([name]) => name.startsWith('value') || name === 'component')
  if (values.length === 0) return undefined
  return JSON.stringify(['observation', issuer, numberOf(resource), codes, time, specimenOf(resource), values])
}

/** Who answers for it: the first performer that has a code of its own. */
export function issuerOf(resource: Resource): string | undefined {
  const performers = isList(resource['performer']) ? resource['performer'] : []
  for (const performer of performers) {
    const identifier = isObject(performer) ? performer['identifier'] : undefined
    if (isObject(identifier) && typeof identifier['value'] === 'string') return identifier['value']
  }
  return undefined
}

function numberOf(resource: Resource): readonly [string, string] | undefined {
  for (const one of isList(resource['identifier']) ? resource['identifier'] : []) {
    if (!isObject(one)) continue
    const { system, value } = one
    if (typeof system === 'string' && typeof value === 'string') return [system, value]
  }
  return undefined
}

/** The number of the sample, where the reference carries it: a logical id says nothing outside its house. */
function specimenOf(resource: Resource): unknown {
  const { specimen } = resource
  const identifier = isObject(specimen) ? specimen['identifier'] : undefined
  return isObject(identifier) ? identifier['value'] : undefined
}

function codesOf(concept: unknown): readonly string[] {
  const codings = isObject(concept) && isList(concept['coding']) ? concept['coding'] : []
  return codings
    .flatMap((one) =>
      isObject(one) && typeof one['code'] === 'string' ? [`${String(one['system'])}|${one['code']}`] : [],
    )
    .sort()
}
