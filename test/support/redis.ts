import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { inject } from 'vitest'

/** The queue backend that this run of the test file proves: every `*.db.test.ts` runs once with each. */
export const queueBackend: 'postgres' | 'redis' = process.env['YMT_TEST_QUEUE'] === 'redis' ? 'redis' : 'postgres'

/** The Redis server of this test run. Files run at the same time, so keys need a {@link redisPrefix} of their own. */
export function redisUrl(): string {
  return inject('redisUrl')
}

/** A key prefix that no other test file uses; the hash tag keeps a queue's keys together on a cluster. */
export function redisPrefix(): string {
  return `{ymt-test-${randomBytes(6).toString('hex')}}`
}

/** Loses everything that Redis holds under a prefix, as a crash of a server without persistence does. */
export async function forgetRedisKeys(prefix: string): Promise<number> {
  const redis = new Redis(redisUrl())
  try {
    let forgotten = 0
    // Square brackets and the like would be read as a pattern; our prefixes have none.
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 500 })) {
      if (keys.length > 0) forgotten += await redis.unlink(...(keys as string[]))
    }
    return forgotten
  } finally {
    await redis.quit()
  }
}
