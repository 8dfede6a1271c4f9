import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbox, deliver, failDelivery, type QueueEntry } from '../../src/kernel/outbox.ts'
import { outboxFigures, pruneDone } from '../../src/kernel/outbox-store.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { NOW, testDeps } from '../support/deps.ts'

const database = useDatabase()

afterEach(async () => {
  await sql`truncate kernel_outbox`.execute(database.db)
})

const patience = { firstMs: 10_000, longestMs: 40_000 }

const routes = [
  { topic: 'shop.sold', queue: 'stock' },
  { topic: 'shop.sold', queue: 'books' },
]

function open(enqueue?: (queue: string, jobs: readonly QueueEntry[]) => Promise<void>) {
  const deps = testDeps(database)
  const sent: (QueueEntry & { queue: string })[] = []
  const errors: unknown[] = []
  const outbox = createOutbox({
    db: deps.db,
    clock: deps.clock,
    routes,
    enqueue: enqueue ?? (async (queue, jobs) => void sent.push(...jobs.map((job) => ({ ...job, queue })))),
    onError: (error) => errors.push(error),
  })
  const append = (saleId: string, fail = false) =>
    inTx(deps.db, async (tx) => {
      await outbox.append(tx, { topic: 'shop.sold', payload: { saleId }, requestId: 'r-1' })
      if (fail) throw new Error('no sale')
    })
  return { deps, outbox, sent, errors, append }
}

describe('the outbox', () => {
  it('sends an event once to every subscriber, after the commit', async () => {
    const { outbox, sent, append } = open()
    await append('s1')
    expect(sent).toEqual([])
    expect(await outbox.relay()).toBe(2)
    expect(sent.map((job) => job.queue).sort()).toEqual(['books', 'stock'])
    expect(await outbox.relay()).toBe(0)
  })

  it('sends nothing of a transaction that failed', async () => {
    const { outbox, append } = open()
    await expect(append('s2', true)).rejects.toThrow('no sale')
    expect(await outbox.relay()).toBe(0)
  })

  it('writes nothing for a topic without subscribers', async () => {
    const { deps, outbox } = open()
    await inTx(deps.db, (tx) => outbox.append(tx, { topic: 'shop.opened', payload: {} }))
    expect((await outboxFigures(deps.db)).unfinished).toBe(0n)
  })

  it('sends again what the queue did not take', async () => {
    let broken = true
    const taken: bigint[] = []
    const { outbox, append } = open(async (_queue, jobs) => {
      if (broken) throw new Error('queue is down')
      taken.push(...jobs.map((job) => job.outboxId))
    })
    await append('s3')
    await expect(outbox.relay()).rejects.toThrow('queue is down')
    broken = false
    expect(await outbox.relay()).toBe(2)
    expect(taken).toHaveLength(2)
  })

  it('relays in several processes at once without sending a row twice', async () => {
    const { append } = open()
    for (let n = 0; n < 40; n++) await append(`p${n}`)
    const relays = [open(), open(), open(), open()]
    const counts = await Promise.all(relays.map(({ outbox }) => outbox.relay()))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(80)
    expect(new Set(relays.flatMap(({ sent }) => sent.map((job) => job.outboxId))).size).toBe(80)
  })

  it('wakes without making the caller wait, and reports a failing relay', async () => {
    const good = open()
    await good.append('w1')
    good.outbox.wake()
    good.outbox.wake()
    await good.outbox.settled()
    expect(good.sent).toHaveLength(2)

    const bad = open(async () => {
      throw new Error('queue is down')
    })
    await bad.append('w2')
    bad.outbox.wake()
    await bad.outbox.settled()
    expect(bad.errors).toHaveLength(1)
  })

  it('sweeps what was sent long ago and never finished, under a new job id', async () => {
    const { deps, outbox, sent, append } = open()
    await append('f1')
    await outbox.relay()
    expect(await outbox.sweep(patience)).toBe(0)
    deps.clock.advance(11_000)
    expect(await outbox.sweep(patience)).toBe(2)
    expect(sent.map((job) => job.sends)).toEqual([0, 0, 1, 1])
  })

  it('sweeps the same row ever more rarely, so that a slow queue is not filled with repeats', async () => {
    const { deps, outbox, append } = open()
    await append('f2')
    await outbox.relay()
    const sweptAt: number[] = []
    for (let second = 1; second <= 200; second++) {
      deps.clock.advance(1000)
      if ((await outbox.sweep(patience)) > 0) sweptAt.push(second)
    }
    expect(sweptAt).toEqual([11, 32, 73, 114, 155, 196])
  })
})

describe('a delivery', () => {
  const first = async (open_: ReturnType<typeof open>): Promise<bigint> => {
    await open_.append('d1')
    await open_.outbox.relay()
    return open_.sent[0]?.outboxId ?? -1n
  }

  it('runs the handler of its queue with ids only, and is done once', async () => {
    const setup = open()
    const id = await first(setup)
    const seen: unknown[] = []
    const subscriptions = routes.map((route) => ({ ...route, handle: async (event: unknown) => void seen.push(event) }))
    expect(await deliver(setup.deps.db, setup.deps.clock, subscriptions, id)).toBe('done')
    expect(await deliver(setup.deps.db, setup.deps.clock, subscriptions, id)).toBe('already-done')
    expect(seen).toEqual([{ id, topic: 'shop.sold', payload: { saleId: 'd1' }, requestId: 'r-1' }])
    expect((await outboxFigures(setup.deps.db)).unfinished).toBe(1n)
  })

  it('of a topic that nobody handles is left for a process that does', async () => {
    const setup = open()
    const id = await first(setup)
    expect(await deliver(setup.deps.db, setup.deps.clock, [], id)).toBe('unknown-topic')
    expect((await outboxFigures(setup.deps.db)).unfinished).toBe(2n)
  })

  it('of a topic that nobody handles is a dead letter after ten sendings', async () => {
    const setup = open()
    const id = await first(setup)
    for (let sends = 1; sends < 10; sends++) {
      expect(await deliver(setup.deps.db, setup.deps.clock, [], id)).toBe('unknown-topic')
      setup.deps.clock.advance(41_000)
      await setup.outbox.sweep(patience)
    }
    expect(await deliver(setup.deps.db, setup.deps.clock, [], id)).toBe('given-up')
    expect(await outboxFigures(setup.deps.db)).toMatchObject({ unfinished: 1n, dead: 1n })
    setup.deps.clock.advance(41_000)
    expect(await setup.outbox.sweep(patience)).toBe(1)
  })

  it('that failed for good is a dead letter and is never swept', async () => {
    const setup = open()
    const id = await first(setup)
    await failDelivery(setup.deps.db, id, 'shop.broken', setup.deps.clock.now(), false)
    await failDelivery(setup.deps.db, id, 'shop.broken', setup.deps.clock.now(), true)
    setup.deps.clock.advance(60_000)
    expect(await setup.outbox.sweep(patience)).toBe(1)
    expect(await outboxFigures(setup.deps.db)).toEqual({ unfinished: 1n, dead: 1n, oldest: new Date(NOW) })
  })

  it('is pruned only when finished and old', async () => {
    const setup = open()
    const id = await first(setup)
    const subscriptions = routes.map((route) => ({ ...route, handle: async () => {} }))
    await deliver(setup.deps.db, setup.deps.clock, subscriptions, id)
    expect(await pruneDone(setup.deps.db, new Date(NOW), 10)).toBe(0)
    expect(await pruneDone(setup.deps.db, new Date(Date.parse(NOW) + 1), 10)).toBe(1)
    expect((await outboxFigures(setup.deps.db)).unfinished).toBe(1n)
  })
})
