import { afterEach, describe, expect, it } from 'vitest'
import { createQueues, type JobContext, type Queues, UnrecoverableError } from '../../src/kernel/queue.ts'
import { useDatabase } from '../support/database.ts'
import { testQueueStore } from '../support/deps.ts'

const database = useDatabase()
const opened: Queues[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((queues) => queues.close()))
})

const open = (store = testQueueStore(database.url)): Queues => {
  const queues = createQueues(store, (error) => {
    throw error
  })
  opened.push(queues)
  return queues
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 400) throw new Error('waited too long')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const quiet = {
  concurrency: 4,
  onError: (error: Error) => {
    throw error
  },
}

const createdAt = new Date('2026-11-24T07:00:00Z')

describe('the queue', () => {
  it('is the one that this run of the suite is for', () => {
    expect(open().kind).toBe(process.env['YMT_TEST_QUEUE'])
  })

  it('hands every job to a worker, with the id of its row and nothing else', async () => {
    const queues = open()
    const seen: JobContext[] = []
    await queues.enqueue(
      'alpha',
      Array.from({ length: 20 }, (_, n) => ({ topic: 'a.b', outboxId: BigInt(n), sends: 0, createdAt })),
    )
    await queues.work('alpha', { ...quiet, run: async (job) => void seen.push(job) })
    await until(() => seen.length === 20)
    expect(new Set(seen.map((job) => job.outboxId)).size).toBe(20)
    expect(seen[0]).toMatchObject({ topic: 'a.b', attempt: 1, attempts: 8 })
  })

  it('takes the same job once while it is known', async () => {
    const queues = open()
    const seen: bigint[] = []
    const job = { topic: 'a.b', outboxId: 77n, sends: 0, createdAt }
    await queues.enqueue('beta', [job, job])
    await queues.enqueue('beta', [job])
    await queues.work('beta', { ...quiet, run: async ({ outboxId }) => void seen.push(outboxId) })
    // A second send of the same row, and a row of another database that happens to have the same number.
    await queues.enqueue('beta', [{ ...job, sends: 1 }])
    await queues.enqueue('beta', [{ ...job, createdAt: new Date('2026-11-25T07:00:00Z') }])
    await until(() => seen.length === 3)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(seen).toEqual([77n, 77n, 77n])
  })

  it('tries a failing job again, and not one that can never succeed', async () => {
    const queues = open()
    const attempts: number[] = []
    let hopeless = 0
    await queues.work('gamma', {
      ...quiet,
      run: async (job) => {
        if (job.outboxId === 2n) {
          hopeless++
          throw new UnrecoverableError('never')
        }
        attempts.push(job.attempt)
        if (job.attempt < 3) throw new Error('not yet')
      },
    })
    await queues.enqueue('gamma', [
      { topic: 'g', outboxId: 1n, sends: 0, createdAt },
      { topic: 'g', outboxId: 2n, sends: 0, createdAt },
    ])
    await until(() => attempts.length === 3)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(attempts).toEqual([1, 2, 3])
    expect(hopeless).toBe(1)
  })

  it('finishes the running job before it closes, and takes no new one', async () => {
    const queues = open()
    let started = 0
    let finished = 0
    const worker = await queues.work('delta', {
      ...quiet,
      concurrency: 1,
      run: async () => {
        started++
        await new Promise((resolve) => setTimeout(resolve, 300))
        finished++
      },
    })
    await queues.enqueue('delta', [
      { topic: 'd', outboxId: 1n, sends: 0, createdAt },
      { topic: 'd', outboxId: 2n, sends: 0, createdAt },
    ])
    await until(() => started === 1)
    await worker.close()
    expect({ started, finished }).toEqual({ started: 1, finished: 1 })
  })
})
