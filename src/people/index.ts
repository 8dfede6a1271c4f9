export { consentsFrom, lacksGuardian, mayShow } from './acting-for.ts'
export { contradictsPerson, type SaidOfPerson } from './contradicts.ts'
export { documentTypeOf } from './document-types.ts'
export { peopleFhir } from './fhir-routes.ts'
export { findPerson } from './find-person.ts'
export { type AnyIdentifier, findPersonId } from './find-person-id.ts'
export { type FullPerson, readFullPeople } from './full-people.ts'
export { type ExchangeIdentifier, identifierForExchange } from './identifier-for-exchange.ts'
export { idsOfPeople, idsOfPerson } from './ids-of-person.ts'
export { insuranceAt, insurancesAt, insurancesOf } from './insurance.ts'
export { idsInSql } from './merged-store.ts'
export { peoplePeriodics } from './periodic.ts'
export { personIdsOf } from './person-ids-of.ts'
export { readOfPerson, THEIR_IDS } from './read-of-person.ts'
export { maskedNames, readMaskedPerson } from './read-person.ts'
export { registerPerson } from './register-person.ts'
export { peopleRoutes } from './routes.ts'
export { seedPeople } from './seed.ts'
export { seedGuardians } from './seed-guardians.ts'
export { IDENTIFIERS_PART, readKnownPeople as knownPeople, type SealedIdentifier } from './store.ts'
export type {
  AskedBy,
  HeldInsurance,
  IdentifierType,
  InsuranceOnDay,
  InsuranceStatus,
  NewPerson,
  PersonId,
  PersonIdentifier,
  SpecialIdentity,
} from './types.ts'
