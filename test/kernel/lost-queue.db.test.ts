import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { createOutbox, deliver } from '../../src/kernel/outbox.ts'
import { outboxFigures } from '../../src/kernel/outbox-store.ts'
import { createQueues, type QueueStore } from '../../src/kernel/queue.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps, testQueueStore } from '../support/deps.ts'
import { forgetRedisKeys } from '../support/redis.ts'

const database = useDatabase()
const fail = (error: unknown): never => {
  throw error
}

/** All that the queue knows is gone, as after a crash of a server without persistence. */
async function loseQueue(store: QueueStore): Promise<void> {
  if (store.kind === 'redis') {
    expect(await forgetRedisKeys(store.prefix as string)).toBeGreaterThan(0)
    return
  }
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'bullmq' and tablename like 'job%'`.execute(database.db)
  expect(rows.length).toBeGreaterThan(0)
  for (const { name } of rows) await sql`truncate ${sql.table(`bullmq.${name}`)} cascade`.execute(database.db)
}

describe('a queue that forgets everything', () => {
  it('loses no work and doubles none: the rows are sent again', async () => {
    const deps = testDeps(database)
    const store = testQueueStore(database.url)
    const queues = createQueues(store, fail)
    const routes = [{ topic: 'shop.sold', queue: 'stock' }]
    const outbox = createOutbox({ db: deps.db, clock: deps.clock, routes, enqueue: queues.enqueue, onError: fail })
    for (let n = 0; n < 30; n++) {
      await inTx(deps.db, (tx) => outbox.append(tx, { topic: 'shop.sold', payload: { saleId: `s${n}` } }))
    }
    expect(await outbox.relay()).toBe(30)
    await loseQueue(store)

    const handled: string[] = []
    const subscriptions = routes.map((route) => ({
      ...route,
      handle: async (event: { payload: Readonly<Record<string, string>> }) =>
        void handled.push(event.payload['saleId'] as string),
    }))
    const worker = await queues.work('stock', {
      concurrency: 4,
      run: async (job) => void (await deliver(deps.db, deps.clock, subscriptions, job.outboxId)),
      onError: fail,
    })
    deps.clock.advance(20_000)
    expect(await outbox.sweep({ firstMs: 15_000, longestMs: 600_000 })).toBe(30)
    for (let tries = 0; handled.length < 30 && tries < 200; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    await worker.close()
    await queues.close()
    expect([...handled].sort()).toEqual(Array.from({ length: 30 }, (_, n) => `s${n}`).sort())
    expect((await outboxFigures(deps.db)).unfinished).toBe(0n)
  })
})
