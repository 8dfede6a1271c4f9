import type { IdentifierType } from './types.ts'

/** The hub's own name space: its person ids. */
export const PERSON_SYSTEM = 'urn:yimatong:person'

/**
 * Name spaces of the numbers by which the state and the insurance know people. The first is the OID of the identity card in
 * the documents of WS/T 500; the others have none that is confirmed, so they are ours.
 */
export const IDENTIFIER_SYSTEMS: Readonly<Record<IdentifierType, string>> = {
  'resident-id': 'urn:oid:2.16.156.10011.1.3',
  passport: 'urn:yimatong:identifier:passport',
  'travel-permit': 'urn:yimatong:identifier:travel-permit',
  'social-security-card': 'urn:yimatong:identifier:social-security-card',
  'insured-number': 'urn:yimatong:identifier:insured-number',
  other: 'urn:yimatong:identifier:other',
}

const TYPES = new Map(Object.entries(IDENTIFIER_SYSTEMS).map(([type, system]) => [system, type as IdentifierType]))

/** The kind of number that a name space holds; undefined for a hospital's own. */
export const identifierTypeOf = (system: string): IdentifierType | undefined => TYPES.get(system)
