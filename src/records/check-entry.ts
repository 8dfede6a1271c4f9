import { isObject } from '../fhir/index.ts'
import { isUnder } from './guarded-client.ts'
import type { Found, Resource } from './types.ts'

/** Logical ids of R4. Anything else could reach another address when it is put into one. */
export const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/

export type EntryVerdict =
  | { readonly kind: 'match' | 'include'; readonly found: Found }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'quarantined' }

export interface Expected {
  readonly source: string
  readonly baseUrl: string
  readonly type: string
  /** Types that may come along as includes. */
  readonly includes: readonly string[]
  /** The patient's logical id at this hospital. */
  readonly patientId: string
}

/**
 * Whether an entry is what was asked for: right type, a usable id, the least that R4 demands of the type, and about the
 * patient in question. What is not is kept out of the answer; a record of somebody else must never be shown as one's own.
 */
export function checkEntry(entry: unknown, expected: Expected): EntryVerdict {
  if (!isObject(entry)) return { kind: 'quarantined' }
  const { resource, search } = entry
  const mode = isObject(search) ? search['mode'] : undefined
  // What a hospital remarks about its own search is for its operators.
  if (mode === 'outcome' || (isObject(resource) && resource['resourceType'] === 'OperationOutcome')) {
    return { kind: 'ignored' }
  }
  if (!isResource(resource)) return { kind: 'quarantined' }
  const kind = mode === 'include' ? 'include' : 'match'
  if (kind === 'include' && !expected.includes.includes(resource.resourceType)) return { kind: 'ignored' }
  if (kind === 'match' && resource.resourceType !== expected.type) return { kind: 'quarantined' }
  if (!hasMinimum(resource) || !isOf(resource, expected)) return { kind: 'quarantined' }
  const own = `${expected.baseUrl}/${resource.resourceType}/${resource.id}`
  const { fullUrl } = entry
  return {
    kind,
    found: {
      source: expected.source,
      // Behind a proxy a server may call itself by another name under the same base; a foreign one is not passed on.
      fullUrl: typeof fullUrl === 'string' && isUnder(fullUrl, expected.baseUrl) ? fullUrl : own,
      resource,
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

/** Elements that R4 requires and that the hub reads. */
function hasMinimum(resource: Resource): boolean {
  if (resource.resourceType === 'Specimen') return true
  return typeof resource['status'] === 'string' && isObject(resource['code'])
}

function isOf(resource: Resource, { baseUrl, patientId }: Expected): boolean {
  const { subject } = resource
  if (!isObject(subject) || typeof subject['reference'] !== 'string') return false
  const [reference = ''] = subject['reference'].split('/_history/')
  return reference === `Patient/${patientId}` || reference === `${baseUrl}/Patient/${patientId}`
}
