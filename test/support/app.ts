import { Writable } from 'node:stream'
import { afterAll, beforeAll } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { Role } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { createLog } from '../../src/kernel/log.ts'
import { createOutbox } from '../../src/kernel/outbox.ts'
import { createQueues } from '../../src/kernel/queue.ts'
import { type Live, openLive } from '../../src/live.ts'
import { routes } from '../../src/subscriptions.ts'
import { startWorkers } from '../../src/worker.ts'
import type { TestDatabase } from './database.ts'
import { type TestDeps, testDeps, testQueueStore } from './deps.ts'
import { type TokenFor, tokenMinter } from './tokens.ts'

export interface TestApp {
  readonly app: App
  readonly deps: TestDeps
  readonly live: Live
  /** A token for a client of its own, registered on first use. */
  token(role: Role, of?: TokenFor): Promise<{ authorization: string }>
  /** Everything committed so far is known to the app's memory. */
  refresh(): Promise<void>
}

/** The whole API over the test's database; `workers: true` also runs the jobs, on the run's queue backend. */
export function useApp(
  database: TestDatabase,
  options: {
    now?: string
    workers?: boolean
    env?: Record<string, string>
    seed?: (deps: TestDeps) => Promise<unknown>
    /** Gets every log line of the app, at the finest level. */
    onLog?: (line: string) => void
  } = {},
): TestApp {
  let parts: { app: App; deps: TestDeps; live: Live; mint: ReturnType<typeof tokenMinter> } | undefined
  const stops: (() => Promise<void>)[] = []

  beforeAll(async () => {
    const base = testDeps(database, {
      ...(options.now ? { now: options.now } : {}),
      ...(options.env ? { env: options.env } : {}),
    })
    const fail = (error: unknown): void => {
      throw error
    }
    const queues = createQueues(testQueueStore(database.url), fail)
    stops.push(() => queues.close())
    const outbox = createOutbox({ db: base.db, clock: base.clock, routes, enqueue: queues.enqueue, onError: fail })
    stops.push(() => outbox.settled())
    const log = options.onLog === undefined ? base.log : captureLog(options.onLog)
    const deps: TestDeps = { ...base, outbox, log }
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
    parts = { app, deps, live, mint: tokenMinter(deps, live.tokenKeys) }
  })

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  const opened = () => {
    if (parts === undefined) throw new Error('useApp() gives its parts from beforeAll on')
    return parts
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
      return { authorization: `Bearer ${await opened().mint(role, of)}` }
    },
    async refresh() {
      await opened().live.refresh()
    },
  }
}

function captureLog(onLog: (line: string) => void): TestDeps['log'] {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      onLog(chunk.toString())
      done()
    },
  })
  return createLog({ level: 'trace', name: 'test' }, sink)
}
