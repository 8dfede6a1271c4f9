import { afterAll, beforeAll } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { Role } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { mintAccessToken, SCOPES_BY_ROLE } from '../../src/identity/index.ts'
import { registerClient } from '../../src/identity/index.ts'
import { createOutbox } from '../../src/kernel/outbox.ts'
import { createQueues } from '../../src/kernel/queue.ts'
import { type Live, openLive } from '../../src/live.ts'
import { routes } from '../../src/subscriptions.ts'
import { startWorkers } from '../../src/worker.ts'
import type { TestDatabase } from './database.ts'
import { type TestDeps, testDeps, testQueueStore } from './deps.ts'

export interface TestApp {
  readonly app: App
  readonly deps: TestDeps
  readonly live: Live
  /** A token for a client of its own, registered on first use. */
  token(role: Role, of?: { institution?: string; city?: string; scopes?: readonly string[] }): Promise<{ authorization: string }>
  /** Everything committed so far is known to the app's memory. */
  refresh(): Promise<void>
}

/** The whole API over the test's database; `workers: true` also runs the jobs, on the run's queue backend. */
export function useApp(
  database: TestDatabase,
  options: { now?: string; workers?: boolean; env?: Record<string, string>; seed?: (deps: TestDeps) => Promise<void> } = {},
): TestApp {
  let parts: { app: App; deps: TestDeps; live: Live } | undefined
  const stops: (() => Promise<void>)[] = []

  beforeAll(async () => {
    const base = testDeps(database, { ...(options.now ? { now: options.now } : {}), ...(options.env ? { env: options.env } : {}) })
    const fail = (error: unknown): void => {
      throw error
    }
    const queues = createQueues(testQueueStore(database.url), fail)
    stops.push(() => queues.close())
    const outbox = createOutbox({ db: base.db, clock: base.clock, routes, enqueue: queues.enqueue, onError: fail })
    stops.push(() => outbox.settled())
    const deps: TestDeps = { ...base, outbox }
    await options.seed?.(deps)
    const live = await openLive(deps)
    stops.push(() => live.close())
    if (options.workers === true) {
      const workers = await startWorkers(deps, live, queues)
      stops.push(() => workers.close())
    }
    const app = await buildApp(deps, live)
    stops.push(() => app.close())
    await app.ready()
    parts = { app, deps, live }
  })

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  const opened = () => {
    if (parts === undefined) throw new Error('useApp() gives its parts from beforeAll on')
    return parts
  }

  const clients = new Map<string, Promise<string>>()
  const clientFor = (role: Role, institution: string | undefined, city: string | undefined): Promise<string> => {
    const clientId = ['test', role, institution ?? city ?? 'any'].join('-').toLowerCase()
    let known = clients.get(clientId)
    if (known === undefined) {
      known = (async () => {
        const { deps, live } = opened()
        await registerClient(deps, { clientId, role, institution, city, jwks: TEST_JWKS })
        await live.tokenKeys.refresh()
        return clientId
      })()
      clients.set(clientId, known)
    }
    return known
  }

  return {
    get app() {
      return opened().app
    },
    get deps() {
      return opened().deps
    },
    get live() {
      return opened().live
    },
    async token(role, of = {}) {
      const { deps, live } = opened()
      const clientId = await clientFor(role, of.institution, of.city)
      const token = await mintAccessToken(
        live.tokenKeys,
        { issuer: deps.config.publicUrl, clientId, role, institution: of.institution, city: of.city, scopes: of.scopes ?? SCOPES_BY_ROLE[role] },
        deps.clock,
      )
      return { authorization: `Bearer ${token}` }
    },
    async refresh() {
      await opened().live.refresh()
    },
  }
}

/** A public key nobody holds: tests mint tokens directly, except those of the token endpoint itself. */
const TEST_JWKS = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      kid: 'test',
      use: 'sig',
      alg: 'ES256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
}
