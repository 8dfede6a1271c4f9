import { isList, isObject } from '../fhir/index.ts'
import type { PersonIdentifier } from '../people/index.ts'
import type { Hospital, Resource } from './types.ts'

const WITHHELD = '[withheld]'

/**
 * The resource without identity numbers: the caller knows its patient, and whoever else sees the answer need not
 * (个人信息保护法 art. 6, least data). Identifiers of the national kinds go; the number itself goes wherever it stands.
 */
export function withholdIdentity(
  resource: Resource,
  hospital: Pick<Hospital, 'identifierSystems'>,
  identifier: PersonIdentifier,
): Resource {
  const systems = new Set<unknown>(Object.values(hospital.identifierSystems))
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.includes(identifier.value) ? value.replaceAll(identifier.value, WITHHELD) : value
    if (isList(value)) {
      const kept = value.filter((one) => !(isObject(one) && systems.has(one['system']) && 'value' in one))
      // R4 JSON has no empty arrays.
      return kept.length === 0 && value.length > 0 ? undefined : kept.map(visit)
    }
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, one]) => !(isObject(one) && systems.has(one['system']) && 'value' in one))
        .map(([name, one]) => [name, visit(one)])
        .filter(([, one]) => one !== undefined),
    )
  }
  return visit(resource) as Resource
}
