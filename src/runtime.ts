import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createChangeFeed } from './kernel/change-feed.ts'
import type { Config } from './kernel/config.ts'
import { deriveSandboxKeyring, type Keyring, parseKeyring, runCryptoSelfTest } from './kernel/crypto/index.ts'
import { createDb } from './kernel/db.ts'
import type { Deps } from './kernel/deps.ts'
import { createLog } from './kernel/log.ts'
import { createOutbox, type Routes } from './kernel/outbox.ts'
import { createQueues, type QueueStore, type Queues } from './kernel/queue.ts'
import { type Clock, systemClock } from './kernel/time.ts'

/** The parts that one process shares: pools, keys, queues. */
export interface Runtime {
  readonly deps: Deps
  readonly queues: Queues
  /** For rate limits over all processes; absent without REDIS_URL. */
  readonly redis: Redis | undefined
  close(): Promise<void>
}

export interface RuntimeOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Shown in log lines and in pg_stat_activity. */
  readonly name: string
  readonly clock?: Clock
  readonly queueStore?: QueueStore
  readonly routes: Routes
}

/**
 * Opens what a process needs. Nothing connects before it is used, except that the crypto self-test runs now:
 * a failing cipher must stop the start, not the first write.
 */
export function openRuntime(options: RuntimeOptions): Runtime {
  const { config, databaseUrl, name } = options
  const clock = options.clock ?? systemClock
  const log = createLog({ level: config.logLevel, name })
  const keyring = readKeyring(config)
  runCryptoSelfTest(keyring)
  const db = createDb({
    url: databaseUrl,
    max: config.dbPool,
    name: `ymt-${name}`,
    onIdleError: (error) => log.warn({ err: error }, 'an idle database connection failed; the pool replaces it'),
  })
  const store: QueueStore =
    options.queueStore ??
    (config.redisUrl === undefined ? { kind: 'postgres', url: databaseUrl } : { kind: 'redis', url: config.redisUrl })
  const queues = createQueues(store, (error) => log.error({ err: error }, 'queue store failed'))
  const outbox = createOutbox({
    db,
    clock,
    routes: options.routes,
    enqueue: queues.enqueue,
    onError: (error) => log.error({ err: error }, 'outbox relay failed; the sweep will send the rows'),
  })
  const redis =
    store.kind === 'redis' ? new Redis(store.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false }) : undefined
  redis?.on('error', (error) => log.error({ err: error }, 'Redis failed'))
  const changes = createChangeFeed({ url: databaseUrl, name: `ymt-${name}-changes`, log })
  return {
    deps: { config, clock, db, log, keyring, outbox, changes },
    queues,
    redis,
    async close() {
      await outbox.settled()
      await queues.close()
      redis?.disconnect()
      await db.destroy()
    },
  }
}

function readKeyring(config: Config): Keyring {
  if (config.keyringFile !== undefined) return parseKeyring(readFileSync(config.keyringFile, 'utf8'))
  return deriveSandboxKeyring(join(config.dataDir, 'sandbox'))
}
