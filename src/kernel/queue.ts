import { createPostgresBackend, type JobsOptions, Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Enqueue, QueueEntry } from './outbox.ts'

/** Where BullMQ keeps its jobs: Redis, or its own schema in PostgreSQL. Nothing kept there is the only copy. */
export type QueueStore =
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }

/** Job data lies in clear text in the store, so it is one id. */
export interface WakeUp {
  readonly outboxId: string
}

export interface JobContext {
  readonly outboxId: bigint
  readonly topic: string
  readonly attempt: number
  readonly attempts: number
}

export interface WorkerHandle {
  /** Stops taking jobs and resolves when the running ones have ended. */
  close(): Promise<void>
}

export interface Queues {
  readonly kind: QueueStore['kind']
  readonly enqueue: Enqueue
  work(queue: string, options: WorkOptions): Promise<WorkerHandle>
  close(): Promise<void>
}

export interface WorkOptions {
  readonly concurrency: number
  run(job: JobContext): Promise<void>
  onError(error: Error): void
}

/** Throw it (or an AppError that is not retryable) from a handler when another try can not help. */
export { UnrecoverableError }

const JOB_OPTIONS: JobsOptions = {
  attempts: 8,
  backoff: { type: 'exponential', delay: 200, jitter: 0.5 },
  // Both by age and count: a full store makes writes fail while everything looks healthy (twentyhq/twenty#26219).
  removeOnComplete: { age: 600, count: 1000 },
  removeOnFail: { age: 86_400, count: 10_000 },
}

/**
 * The id saves work while the job is known; the row decides. It counts the sends, because a job that died under a
 * killed worker keeps its id and would swallow the sweep's new one (BullMQ issues 977, 1662). It names the row's time,
 * because a new or restored database counts its rows anew and an old Redis would take its jobs for known ones.
 */
const jobIdOf = (job: QueueEntry): string => `o-${job.outboxId}-${job.createdAt.getTime().toString(36)}-${job.sends}`

export function createQueues(store: QueueStore, onError: (error: Error) => void): Queues {
  const redis =
    store.kind === 'redis' ? new Redis(store.url, { maxRetriesPerRequest: null, lazyConnect: true }) : undefined
  redis?.on('error', onError)
  const postgres = {
    connectionString: store.url,
    schema: store.kind === 'postgres' ? (store.schema ?? 'bullmq') : 'bullmq',
    migrate: true,
    max: 4,
  }
  const prefix = store.kind === 'redis' ? (store.prefix ?? '{ymt}') : undefined
  const queues = new Map<string, Queue>()
  const workers = new Set<Worker>()

  const open = (name: string): Queue => {
    let queue = queues.get(name)
    if (queue === undefined) {
      queue = redis
        ? new Queue(name, { connection: redis, prefix: prefix as string, defaultJobOptions: JOB_OPTIONS })
        : (new Queue(
            name,
            { connection: postgres, defaultJobOptions: JOB_OPTIONS } as never,
            createPostgresBackend as never,
          ) as Queue)
      queue.on('error', onError)
      queues.set(name, queue)
    }
    return queue
  }

  return {
    kind: store.kind,
    async enqueue(name, jobs) {
      await open(name).addBulk(
        jobs.map((job) => ({
          name: job.topic,
          data: { outboxId: String(job.outboxId) } satisfies WakeUp,
          opts: { jobId: jobIdOf(job) },
        })),
      )
    },
    async work(name, options) {
      const run = async (job: {
        data: WakeUp
        name: string
        attemptsMade: number
        opts: JobsOptions
      }): Promise<void> => {
        await options.run({
          outboxId: BigInt(job.data.outboxId),
          topic: job.name,
          attempt: job.attemptsMade + 1,
          attempts: job.opts.attempts ?? 1,
        })
      }
      const settings = {
        concurrency: options.concurrency,
        stalledInterval: 10_000,
        lockDuration: 10_000,
        maxStalledCount: 3,
      }
      const worker = redis
        ? new Worker(name, run, { ...settings, connection: redis, prefix: prefix as string })
        : (new Worker(
            name,
            run as never,
            { ...settings, connection: postgres } as never,
            createPostgresBackend as never,
          ) as Worker)
      worker.on('error', options.onError)
      workers.add(worker)
      await worker.waitUntilReady()
      return {
        async close() {
          workers.delete(worker)
          await worker.close()
        },
      }
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.close()))
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      redis?.disconnect()
    },
  }
}
