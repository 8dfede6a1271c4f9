import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { checkClient, type RegisterClient } from './register-client.ts'
import { readSandboxCredentials, type SandboxClient, writeSandboxCredentials } from './sandbox-credentials.ts'
import { insertClients, updateClientKeys, updateClientScopes } from './store.ts'

/**
 * Registers the sandbox's clients with fresh keys and leaves their private halves in the credentials file. Run again it
 * keeps the keys that the file already holds, so tokens and examples go on working; a lost file gets new keys. Clients of
 * before get the scopes of today: a sandbox is to show what the version can do.
 */
export async function seedClients(
  deps: Pick<Deps, 'db' | 'clock' | 'config'>,
  list: readonly Omit<RegisterClient, 'jwks'>[],
): Promise<readonly SandboxClient[]> {
  const known = new Map(readSandboxCredentials(deps.config.dataDir).map((client) => [client.clientId, client]))
  const credentials: SandboxClient[] = []
  for (const { clientId, role, institution, city } of list) {
    const privateJwk = known.get(clientId)?.privateJwk ?? (await newKey())
    credentials.push({ clientId, role, institution: institution ?? undefined, city: city ?? undefined, privateJwk })
  }
  const clients = await Promise.all(
    list.map((client, at) =>
      checkClient({ ...client, jwks: { keys: [publicHalf(credentials[at]?.privateJwk ?? {})] } }),
    ),
  )
  const at = deps.clock.now()
  await inTx(deps.db, async (tx) => {
    const inserted = new Set(await insertClients(tx, clients, at))
    for (const { clientId, keys, scopes } of clients) {
      if (inserted.has(clientId)) continue
      if (!known.has(clientId)) await updateClientKeys(tx, { clientId, keys, at })
      await updateClientScopes(tx, { clientId, scopes, at })
    }
  })
  writeSandboxCredentials(deps.config.dataDir, credentials)
  return credentials
}

async function newKey(): Promise<JWK> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(pair.privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }
}

function publicHalf(jwk: JWK): JWK {
  const { d: _private, ...rest } = jwk
  return rest
}
