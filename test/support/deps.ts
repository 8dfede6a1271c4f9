import { createHash } from 'node:crypto'
import { createChangeFeed } from '../../src/kernel/change-feed.ts'
import { type Config, readConfig } from '../../src/kernel/config.ts'
import { parseKeyring } from '../../src/kernel/crypto/index.ts'
import type { Deps } from '../../src/kernel/deps.ts'
import { createLog } from '../../src/kernel/log.ts'
import { createOutbox, type Routes } from '../../src/kernel/outbox.ts'
import type { QueueStore } from '../../src/kernel/queue.ts'
import { type ManualClock, manualClock } from '../../src/kernel/time.ts'
import type { TestDatabase } from './database.ts'
import { queueBackend, redisPrefix, redisUrl } from './redis.ts'

/** Where most tests stand in time: a Tuesday afternoon in Chengdu. */
export const NOW = '2026-11-24T07:00:00.000Z'

const testKey = (label: string): string => createHash('sha256').update(label).digest('base64url')

/** Test keys; they protect nothing. */
export const testKeyring = parseKeyring(
  JSON.stringify({
    field: { active: 'test-f', keys: [{ id: 'test-f', alg: 'AES-256-GCM', key: testKey('field') }] },
    index: { active: 'test-i', keys: [{ id: 'test-i', alg: 'HMAC-SHA-256', key: testKey('index') }] },
  }),
)

export const testConfig = (env: Record<string, string> = {}): Config =>
  readConfig({ YMT_LOG_LEVEL: 'silent', YMT_PUBLIC_URL: 'http://127.0.0.1:8080', YMT_DATA_DIR: '.data/test', ...env })

export interface TestDeps extends Deps {
  readonly clock: ManualClock
}

/** Dependencies over the test's own database. Without `enqueue`, outbox events stay in their table. */
export function testDeps(
  database: TestDatabase,
  options: { now?: string; routes?: Routes; env?: Record<string, string> } = {},
): TestDeps {
  const config = testConfig(options.env)
  const clock = manualClock(options.now ?? NOW)
  const log = createLog({ level: config.logLevel, name: 'test' })
  const outbox = createOutbox({
    db: database.db,
    clock,
    routes: options.routes ?? [],
    enqueue: async () => {},
    onError: (error) => {
      throw error
    },
  })
  const changes = createChangeFeed({ url: database.url, name: 'ymt-test-changes', log })
  return { config, clock, db: database.db, log, keyring: testKeyring, outbox, changes }
}

/** The queue store that this run of the suite is for: `db` uses PostgreSQL, `db-redis` uses Redis. */
export function testQueueStore(databaseUrl: string): QueueStore {
  return queueBackend === 'redis'
    ? { kind: 'redis', url: redisUrl(), prefix: redisPrefix() }
    : { kind: 'postgres', url: databaseUrl }
}
