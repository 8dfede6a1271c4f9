import { isObject } from '../../kernel/strict-json.ts'
import type { Resource } from '../shc/bundle.ts'

/** Members of an Immunization with the least data (SMART Health Cards: Vaccination and Testing, VaccinationCredentialBundleDM). */
const IMMUNIZATION_MEMBERS = new Set([
  'resourceType',
  'meta',
  'status',
  'vaccineCode',
  'patient',
  'occurrenceDateTime',
  'performer',
  'lotNumber',
  'isSubpotent',
])
const CVX = 'http://hl7.org/fhir/sid/cvx'
const CVX_CODE = /^\d{1,3}$/
const DATE = /^\d{4}-\d{2}-\d{2}(?:T.+)?$/

/**
 * Whether a bundle follows the US profile for COVID-19 immunizations: one patient, immunizations and nothing else, each
 * completed, coded in CVX, with its date. Asked of a vector only where its entry names the profile; a verifier does not ask it.
 */
export function followsImmunizationProfile(resources: readonly Resource[]): boolean {
  const patients = resources.filter((one) => one['resourceType'] === 'Patient')
  const immunizations = resources.filter((one) => one['resourceType'] === 'Immunization')
  return (
    patients.length === 1 &&
    immunizations.length > 0 &&
    patients.length + immunizations.length === resources.length &&
    immunizations.every(isMinimal)
  )
}

function isMinimal(one: Resource): boolean {
  const { status, vaccineCode, occurrenceDateTime } = one
  const codings = isObject(vaccineCode) ? vaccineCode['coding'] : undefined
  return (
    Object.keys(one).every((name) => IMMUNIZATION_MEMBERS.has(name)) &&
    status === 'completed' &&
    typeof occurrenceDateTime === 'string' &&
    DATE.test(occurrenceDateTime) &&
    Array.isArray(codings) &&
    codings.some(
      (coding: unknown) => isObject(coding) && coding['system'] === CVX && CVX_CODE.test(String(coding['code'])),
    )
  )
}
