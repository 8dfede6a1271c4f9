import { isObject, validateResource } from '../fhir/index.ts'
import { countMembers } from '../kernel/json-depth.ts'
import { isUnder } from './guarded-client.ts'
import { type Order, timeOf } from './order.ts'
import { isRecordType, RECORD_TYPE_FACTS } from './record-types.ts'
import type { Place } from './scan-searchset.ts'
import type { Found, Origin, Resource } from './types.ts'

/** Logical ids of R4. Anything else could reach another address when it is put into one. */
export const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/

export type EntryVerdict =
  | { readonly kind: 'match' | 'include'; readonly found: Found }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'quarantined' }

export interface Expected {
  readonly type: string
  /** Types that may come along as includes. */
  readonly includes: readonly string[]
  readonly origin: Origin
  readonly order: Order
}

/** Resources that belong to no patient; they come along with one that does. */
const OF_NOBODY: ReadonlySet<string> = new Set(['Medication'])

/**
 * Whether an entry is what was asked for: right type, a usable id, valid R4, no member twice (the caller would perhaps read
 * the other one), and about the patient in question. What is not is kept out of the answer; a record of somebody else
 * must never be shown as one's own.
 */
export function checkEntry(entry: unknown, text: string, place: Place | undefined, expected: Expected): EntryVerdict {
  if (!isObject(entry)) return { kind: 'quarantined' }
  const { resource, search } = entry
  const mode = isObject(search) ? search['mode'] : undefined
  // What a hospital remarks about its own search is for its operators.
  if (mode === 'outcome' || (isObject(resource) && resource['resourceType'] === 'OperationOutcome')) {
    return { kind: 'ignored' }
  }
  if (place === undefined || !isResource(resource)) return { kind: 'quarantined' }
  const kind = mode === 'include' ? 'include' : 'match'
  if (kind === 'include' && !expected.includes.includes(resource.resourceType)) return { kind: 'ignored' }
  if (kind === 'match' && resource.resourceType !== expected.type) return { kind: 'quarantined' }
  const { origin } = expected
  if (!isOf(resource, origin) || !isSound(resource, place)) return { kind: 'quarantined' }
  const own = `${origin.baseUrl}/${resource.resourceType}/${resource.id}`
  const { fullUrl } = entry
  return {
    kind,
    found: {
      source: origin.institution,
      // Behind a proxy a server may call itself by another name under the same base; a foreign one is not passed on.
      fullUrl: fullUrl !== own && typeof fullUrl === 'string' && isUnder(fullUrl, origin.baseUrl) ? fullUrl : own,
      resource,
      origin,
      text,
      place,
      time: timeOf(resource, expected.order),
    },
  }
}

function isResource(value: unknown): value is Resource & { readonly id: string } {
  return (
    isObject(value) &&
    typeof value['resourceType'] === 'string' &&
    typeof value['id'] === 'string' &&
    FHIR_ID.test(value['id'])
  )
}

/** Valid by the structure of R4, and as unambiguous in its text as it is here. */
export function isSound(resource: Resource, place: Place): boolean {
  return place.members === countMembers(resource) && validateResource(resource).length === 0
}

function isOf(resource: Resource, { baseUrl, patientId }: Origin): boolean {
  const { resourceType } = resource
  if (OF_NOBODY.has(resourceType)) return true
  const owner = resource[isRecordType(resourceType) ? RECORD_TYPE_FACTS[resourceType].owner : 'subject']
  if (!isObject(owner) || typeof owner['reference'] !== 'string') return false
  const [reference = ''] = owner['reference'].split('/_history/')
  return reference === `Patient/${patientId}` || reference === `${baseUrl}/Patient/${patientId}`
}
