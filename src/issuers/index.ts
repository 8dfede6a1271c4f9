export { jwkToVerifier } from './algorithms.ts'
export { COMMAND_LINE } from './audit-key.ts'
export { findKey, type KeyRecord, listKeys } from './list-keys.ts'
export { type IssuerKeys, openIssuerKeys } from './open-issuer-keys.ts'
export { issuersPeriodic } from './periodic.ts'
export { type Revocation, revokeKey } from './revoke-key.ts'
export { rotateKey } from './rotate-key.ts'
export { issuersRoutes } from './routes.ts'
export { type IssuerSetup, seedIssuers } from './seed-issuers.ts'
export {
  type Issuer,
  type IssuerKey,
  issuerName,
  type KeyAlgorithm,
  type KeyUse,
  type PublicJwk,
  type PublishedJwk,
} from './types.ts'
