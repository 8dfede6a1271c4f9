import { buildApp } from '../src/app.ts'
import type { Role } from '../src/http/access.ts'
import { mintAccessToken, SCOPES_BY_ROLE } from '../src/identity/index.ts'
import { readConfig } from '../src/kernel/config.ts'
import { type Live, openLive } from '../src/live.ts'
import { openRuntime, type Runtime } from '../src/runtime.ts'
import { routes } from '../src/subscriptions.ts'

export interface Service {
  readonly runtime: Runtime
  readonly live: Live
  close(): Promise<void>
}

/** Opens the service's own parts as its commands do, from the environment. */
export async function openService(name: string): Promise<Service> {
  const config = readConfig(process.env)
  if (config.databaseUrl === undefined) throw new Error('DATABASE_URL is not set')
  const runtime = openRuntime({ config, databaseUrl: config.databaseUrl, name, routes })
  const live = await openLive(runtime.deps)
  return {
    runtime,
    live,
    async close() {
      await live.close()
      await runtime.close()
    },
  }
}

/** The whole API on a free port. */
export async function listen({ runtime, live }: Service): Promise<{ url: string; close(): Promise<void> }> {
  const app = await buildApp(runtime.deps, live, { redis: runtime.redis })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => app.close() }
}

/** A client as it is registered. */
export interface BenchClient {
  readonly clientId: string
  readonly role: Role
  readonly institution: string
}

/** A real access token, signed by the service's own key; it lives five minutes, so each round takes a new one. */
export async function mintToken({ runtime, live }: Service, client: BenchClient): Promise<string> {
  const { deps } = runtime
  return await mintAccessToken(
    live.tokenKeys,
    { issuer: deps.config.publicUrl, ...client, city: undefined, scopes: SCOPES_BY_ROLE[client.role] },
    deps.clock,
  )
}
