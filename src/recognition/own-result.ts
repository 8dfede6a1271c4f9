import { isList, isObject, type Resource } from '../fhir/index.ts'

/**
 * True where the house that gave it answers for it. A copy of another house's result is left to that house: its marks and
 * its corrections are its own, and a copy may be older than the result.
 */
export function isOwnResult(result: Resource, source: string): boolean {
  const performers = isList(result['performer']) ? result['performer'].filter(isObject) : []
  const issuers = performers.flatMap(({ identifier }) =>
    isObject(identifier) && typeof identifier['value'] === 'string' && /^H\d{11}$/.test(identifier['value'])
      ? [identifier['value']]
      : [],
  )
  return issuers.length === 0 || issuers.includes(source)
}
