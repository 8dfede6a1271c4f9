import type { Role } from '../http/access.ts'

/**
 * Scopes that a client of each role can be granted: the most, not what every client has. The list is part of the
 * API's shape: a route names one of these scopes, and a test checks that each role it serves can hold it.
 * Under /fhir the names are those of SMART v2 (`system/<resource>.rs` = read and search).
 */
export const SCOPES_BY_ROLE: Readonly<Record<Role, readonly string[]>> = {
  hospital: [
    'institutions.read',
    'people.write',
    'people.read',
    'cards.read',
    'cards.code',
    'cards.verify',
    'system/DiagnosticReport.rs',
    'system/Observation.rs',
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
    'settlement.write',
    'settlement.read',
    'reconciliation.write',
    'reconciliation.read',
  ],
  bureau: [
    'institutions.read',
    'institutions.write',
    'people.read',
    'recognition.read',
    'settlement.read',
    'reconciliation.write',
    'reconciliation.read',
    'clearing.read',
    'audit.read',
    'system/AuditEvent.rs',
  ],
  cdc: ['institutions.read', 'cards.verify', 'recognition.read', 'system/DiagnosticReport.rs', 'system/Observation.rs'],
  issuer: [
    'institutions.read',
    'people.write',
    'people.read',
    'cards.issue',
    'cards.read',
    'cards.code',
    'cards.verify',
    'cards.revoke',
  ],
  // Operates the hub and answers for its audit; has no use for a person's data.
  operator: [
    'institutions.read',
    'institutions.write',
    'cards.revoke',
    'records.manage',
    'recognition.read',
    'settlement.read',
    'reconciliation.read',
    'clearing.read',
    'audit.read',
    'system/AuditEvent.rs',
  ],
}

/** Every scope there is, for the discovery documents. */
export const ALL_SCOPES: readonly string[] = [...new Set(Object.values(SCOPES_BY_ROLE).flat())].sort()
