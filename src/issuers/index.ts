export { jwkToVerifier } from './algorithms.ts'
export { revokeKey, rotateKey, seedIssuers } from './issuer-keys.ts'
export { type IssuerKeys, openIssuerKeys } from './open-issuer-keys.ts'
export { issuersPeriodic } from './periodic.ts'
export { issuersRoutes } from './routes.ts'
export {
  type Issuer,
  type IssuerKey,
  issuerName,
  type KeyAlgorithm,
  type KeyUse,
  type PublicJwk,
  type PublishedJwk,
} from './types.ts'
