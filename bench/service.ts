import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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
  /** How long it took until everything that is held in memory was there. */
  readonly loadMs: number
  close(): Promise<void>
}

/** Opens the service's own parts as its commands do, from the environment. */
export async function openService(name: string): Promise<Service> {
  const config = readConfig(process.env)
  if (config.databaseUrl === undefined) throw new Error('DATABASE_URL is not set')
  const runtime = openRuntime({ config, databaseUrl: config.databaseUrl, name, routes })
  const began = performance.now()
  const live = await openLive(runtime.deps)
  return {
    runtime,
    live,
    loadMs: performance.now() - began,
    async close() {
      await live.close()
      await runtime.close()
    },
  }
}

export interface Listening {
  readonly url: string
  /** Takes no more connections, so that another process of the same port has them all; `resume` ends that. */
  pause(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/** The whole API on a port; 0 is a free one. Processes that listen on the same port share its connections. */
export async function listen({ runtime, live }: Service, port: number): Promise<Listening> {
  const app = await buildApp(runtime.deps, live, { redis: runtime.redis })
  const at = { host: '127.0.0.1', port, reusePort: true }
  const url = await app.listen(at)
  const server = app.server as Server
  const taken = { ...at, port: (server.address() as AddressInfo).port }
  return {
    url,
    async pause() {
      if (!server.listening) return
      const closed = new Promise<void>((done, fail) => server.close((error) => (error ? fail(error) : done())))
      server.closeAllConnections()
      await closed
    },
    async resume() {
      if (server.listening) return
      await new Promise<void>((done, fail) => {
        server.once('error', fail)
        server.listen(taken, () => {
          server.removeListener('error', fail)
          done()
        })
      })
    },
    close: () => app.close(),
  }
}

/** A client as it is registered. */
export interface BenchClient {
  readonly clientId: string
  readonly role: Role
  readonly institution: string
}

/** A real access token, signed by the service's own key; it lives five minutes, so each round takes a new one. */
/** Left out: all scopes of the role. */
export async function mintToken(
  { runtime, live }: Service,
  client: BenchClient,
  scopes: readonly string[] = SCOPES_BY_ROLE[client.role],
): Promise<string> {
  const { deps } = runtime
  return await mintAccessToken(
    live.tokenKeys,
    { issuer: deps.config.publicUrl, ...client, city: undefined, scopes },
    deps.clock,
  )
}
