export { peopleError } from './errors.ts'
export { identifierForExchange } from './identifier-for-exchange.ts'
export { insuranceAt, insurancesAt } from './insurance.ts'
export { maskedNames } from './read-person.ts'
export { registerPerson } from './register-person.ts'
export { peopleRoutes } from './routes.ts'
export { type PersonSeed, seedPeople } from './seed.ts'
export type {
  AskedBy,
  IdentifierType,
  Insurance,
  Insutype,
  MaskedPerson,
  NewPerson,
  PersonId,
  PersonIdentifier,
  Registration,
} from './types.ts'
