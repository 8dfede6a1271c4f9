import type { Resource } from '../fhir/index.ts'

/**
 * Topic of the outbox event "a hospital says that a result of its own changed": written where such news comes in, heard
 * by whoever used the result. Payload: `personId`, `institution` (the issuer), `resourceType`, `resourceId`, and `state` as
 * `resultState` gives it.
 */
export const RESULT_CHANGED = 'records.result-changed'

/** State in which a result was seen: status, time of issue, version. Nothing of its content. */
export function resultState(resource: Resource): string {
  const { meta } = resource
  const version = typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)['versionId'] : undefined
  return [resource['status'], resource['issued'], version]
    .map((one) => (typeof one === 'string' && one !== '' ? one.replace(/[^\x21-\x7e]/g, '').slice(0, 60) : '-'))
    .join(' ')
}
