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
  const spellings = spellingsOf(identifier)
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return spellings.reduce((text, one) => text.replaceAll(one, WITHHELD), value)
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

/** The check character X of a number (GB 11643) is typed small as well. */
export function spellingsOf({ value }: PersonIdentifier): readonly string[] {
  return [...new Set([value, value.toLowerCase(), value.toUpperCase()])]
}
