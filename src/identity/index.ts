export { resumeClient, suspendClient } from './change-client.ts'
export { runClientsCommand, runKeysCommand } from './commands.ts'
export { JWT_BEARER } from './issue-token.ts'
export { type AccessGrant, mintAccessToken } from './mint-access-token.ts'
export { type IdentityKeys, openTokenKeys } from './open-token-keys.ts'
export { identityPeriodics } from './periodic.ts'
export { printSandboxToken } from './print-sandbox-token.ts'
export { type RegisterClient, registerClient } from './register-client.ts'
export { type Rotation, rotateSigningKey } from './rotate-signing-key.ts'
export { identityRoutes } from './routes.ts'
export {
  readSandboxCredentials,
  type SandboxClient,
  sandboxCredentialsPath,
} from './sandbox-credentials.ts'
export { SCOPES_BY_ROLE } from './scopes.ts'
export { seedClients } from './seed-clients.ts'
