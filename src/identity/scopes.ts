import type { Role } from '../http/access.ts'

/**
 * Scopes that a client of each role can be granted: the most, not what every client has. The list is part of the
 * API's shape: a test checks that every scope here is served by a route for that role, and that every route can be reached.
 * Under /fhir the names are those of SMART v2 (`system/<resource>.rs` = read and search).
 */
export const SCOPES_BY_ROLE: Readonly<Record<Role, readonly string[]>> = {
  hospital: [
    'institutions.read',
    'people.write',
    'people.read',
    'people.review',
    'cards.read',
    'cards.verify',
    'cards.loss',
    'healthcodes.verify',
    'healthcodes.appeal',
    'consents.read',
    'consents.withdrawals',
    'consents.relate',
    'consents.override',
    'consents.overrides',
    'system/Consent.rs',
    'system/DiagnosticReport.rs',
    'system/AllergyIntolerance.rs',
    'system/Condition.rs',
    'system/DocumentReference.rs',
    'system/Encounter.rs',
    'system/ImagingStudy.rs',
    'system/Immunization.rs',
    'system/MedicationRequest.rs',
    'system/Procedure.rs',
    'system/Patient.rs',
    'system/Observation.rs',
    'system/AuditEvent.rs',
    'mappings.propose',
    'mappings.confirm',
    'mappings.read',
    'labs.write',
    'labs.review',
    'system/MessageHeader.c',
    'system/Subscription.cd',
    'system/Subscription.rs',
    'routing.read',
    'routing.read-body',
    'routing.rerun',
    'recognition.decide',
    'recognition.read',
    'settlement.write',
    'settlement.read',
    'reconciliation.write',
    'reconciliation.read',
  ],
  pharmacy: [
    'institutions.read',
    'cards.verify',
    'healthcodes.verify',
    'settlement.write',
    'settlement.read',
    'reconciliation.write',
    'reconciliation.read',
  ],
  bureau: [
    'institutions.read',
    'institutions.write',
    'people.write',
    'people.read',
    'people.insurances',
    'people.review',
    'people.merge',
    'recognition.read',
    'settlement.read',
    'clearing.read',
  ],
  cdc: [
    'institutions.read',
    'cards.verify',
    'recognition.read',
    'healthcodes.order',
    'healthcodes.registry',
    'healthcodes.decide',
    'healthcodes.read',
    'healthcodes.code',
    'healthcodes.verify',
    'healthcodes.appeal',
    'healthcodes.purge',
    'healthcodes.hold',
  ],
  issuer: [
    'institutions.read',
    'people.write',
    'people.read',
    'people.guardians',
    'people.review',
    'people.merge',
    'cards.issue',
    'cards.read',
    'cards.code',
    'cards.verify',
    'cards.revoke',
    'cards.loss',
    'cards.carriers',
    'healthcodes.read',
    'healthcodes.code',
    'healthcodes.verify',
    'healthcodes.appeal',
    'consents.give',
    'consents.read',
    'consents.accesses',
    'system/Consent.rs',
    'issuers.manage',
  ],
  // Operates the hub; has no use for a person's data.
  operator: [
    'institutions.read',
    'institutions.write',
    'cards.revoke',
    'issuers.manage',
    'records.manage',
    'labs.manage',
    'routing.read',
    'routing.rerun',
    'routing.manage',
    'recognition.read',
    'recognition.manage',
    'clearing.read',
    'healthcodes.order',
    'healthcodes.registry',
    'healthcodes.purge',
  ],
  // The health authority of a city: it sees who read what at the institutions of its city, and no record.
  supervisor: ['consents.overrides', 'consents.review', 'system/AuditEvent.rs'],
}

/** The scopes of a client: those named, or all of its role; with what forbids them. */
export function chooseScopes(
  role: Role,
  list: readonly string[] | undefined,
): { readonly scopes: readonly string[]; readonly problems: readonly string[] } {
  const grantable = SCOPES_BY_ROLE[role] ?? []
  const scopes = [...new Set(list ?? grantable)]
  const tooMany = scopes.filter((scope) => !grantable.includes(scope))
  return {
    scopes,
    problems: [
      ...(tooMany.length > 0 ? [`a ${role} cannot hold ${tooMany.join(', ')}`] : []),
      ...(scopes.length === 0 ? ['at least one is needed'] : []),
    ],
  }
}

/** Every scope there is, for the discovery documents. */
export const ALL_SCOPES: readonly string[] = [...new Set(Object.values(SCOPES_BY_ROLE).flat())].sort()
