import { isList, isObject, type Resource } from '../fhir/index.ts'
import type { UnmappedSighting } from '../mappings/index.ts'

const LOINC = 'http://loinc.org'

const PROBLEMS = { none: 'no-mapping', ambiguous: 'ambiguous', unit: 'unit-unknown' } as const

/**
 * The hospital's own codes of a result that leads to no item, for its list of codes to be mapped (result-recognition 7.1:
 * unmapped is counted per hospital as a figure of data quality). No value and no person.
 */
export function unmappedCodes(
  institution: string,
  observation: Resource,
  mapping: 'confirmed' | keyof typeof PROBLEMS,
): readonly UnmappedSighting[] {
  if (mapping === 'confirmed') return []
  const { code, valueQuantity } = observation
  const codings = isObject(code) && isList(code['coding']) ? code['coding'].filter(isObject) : []
  const unit = isObject(valueQuantity) ? (valueQuantity['unit'] ?? valueQuantity['code']) : undefined
  return codings.flatMap((one): UnmappedSighting[] => {
    const { system, code: local, display } = one
    if (typeof system !== 'string' || typeof local !== 'string' || system === LOINC) return []
    if (system === '' || local === '' || system.length > MAX || local.length > MAX) return []
    return [
      {
        institution,
        laboratory: null,
        localSystem: system,
        localCode: local,
        specimen: null,
        method: null,
        unit: typeof unit === 'string' && unit !== '' && unit.length <= MAX ? unit : null,
        problem: PROBLEMS[mapping],
        display: typeof display === 'string' && display !== '' ? display : null,
      },
    ]
  })
}

/** What is longer is no code of a laboratory. */
const MAX = 200
