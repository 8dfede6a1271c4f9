import { afterAll, beforeAll } from 'vitest'
import type { Role } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { createServer } from '../../src/http/server.ts'
import { openTokenKeys } from '../../src/identity/index.ts'
import { createOutbox, deliver, type QueueEntry, type Subscription } from '../../src/kernel/outbox.ts'
import type { TestDatabase } from './database.ts'
import { type TestDeps, testDeps } from './deps.ts'
import { type TokenFor, tokenMinter } from './tokens.ts'

export interface SliceHub {
  readonly app: App
  readonly deps: TestDeps
  token(role: Role, of?: TokenFor): Promise<{ authorization: string }>
  /** Delivers the outbox events of the subscriptions, as a worker would; says how many. */
  work(): Promise<number>
}

/** The HTTP layer with the routes of some slices only, over real HTTP handling, tokens and database. */
export function useSlices(
  database: TestDatabase,
  options: {
    env?: Record<string, string>
    now?: string
    seed?: (deps: TestDeps) => Promise<unknown>
    routes: (app: App, deps: TestDeps) => void
    subscriptions?: (deps: TestDeps) => readonly Subscription[]
  },
): SliceHub {
  let parts: (Pick<SliceHub, 'app' | 'deps' | 'work'> & { mint: ReturnType<typeof tokenMinter> }) | undefined
  const stops: (() => Promise<unknown>)[] = []
  const opened = () => {
    if (parts === undefined) throw new Error('useSlices() gives its parts from beforeAll on')
    return parts
  }

  beforeAll(async () => {
    const base = testDeps(database, {
      ...(options.now === undefined ? {} : { now: options.now }),
      ...(options.env === undefined ? {} : { env: options.env }),
    })
    const queued: QueueEntry[] = []
    const heard = options.subscriptions?.(base) ?? []
    const outbox = createOutbox({
      db: base.db,
      clock: base.clock,
      routes: heard,
      enqueue: async (_queue, jobs) => void queued.push(...jobs),
      onError: (error) => {
        throw error
      },
    })
    const deps: TestDeps = { ...base, outbox }
    stops.push(() => outbox.settled())
    await options.seed?.(deps)
    const tokenKeys = await openTokenKeys(deps)
    stops.push(async () => tokenKeys.close())
    const app = await createServer({ ...deps, tokenKeys })
    stops.push(() => app.close())
    options.routes(app, deps)
    await app.ready()
    parts = {
      app,
      deps,
      mint: tokenMinter(deps, tokenKeys),
      async work() {
        await outbox.relay()
        await outbox.settled()
        const jobs = queued.splice(0)
        for (const { outboxId } of jobs)
          await deliver(deps.db, deps.clock, options.subscriptions?.(deps) ?? [], outboxId)
        return jobs.length
      },
    }
  })

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  return {
    get app() {
      return opened().app
    },
    get deps() {
      return opened().deps
    },
    async token(role, of = {}) {
      return { authorization: `Bearer ${await opened().mint(role, of)}` }
    },
    async work() {
      return await opened().work()
    },
  }
}
