import type { Deps } from './kernel/deps.ts'
import { AppError } from './kernel/errors.ts'
import { deliver, failDelivery, type Subscription } from './kernel/outbox.ts'
import { type Periodic, startPeriodic } from './kernel/periodic.ts'
import { type JobContext, type Queues, UnrecoverableError } from './kernel/queue.ts'
import type { Live } from './live.ts'
import { periodicTasks } from './periodic-tasks.ts'
import { subscriptions } from './subscriptions.ts'

export interface WorkersHandle {
  /** Stops taking work and resolves when what runs has ended. */
  close(): Promise<void>
}

/** Runs the jobs of all slices and the upkeep that goes by the clock. */
export async function startWorkers(deps: Deps, live: Live, queues: Queues): Promise<WorkersHandle> {
  const all = subscriptions(deps, live)
  const names = [...new Set(all.map((one) => one.queue))]
  const workers = await Promise.all(
    names.map((queue) =>
      queues.work(queue, {
        concurrency: deps.config.workerConcurrency,
        run: (job) => runJob(deps, all, queue, job),
        onError: (error) => deps.log.error({ err: error, queue }, 'worker failed'),
      }),
    ),
  )
  // What a killed worker left pending is settled now, not at the first tick of the upkeep.
  const stopSettling = await live.settlement.pump.start()
  const periodic = startPeriodic(deps.db, [...relayTasks(deps), ...periodicTasks(deps, live)], (error, task) =>
    deps.log.error({ err: error, task }, 'periodic task failed; it runs again at its next tick'),
  )
  return {
    async close() {
      await periodic.stop()
      await stopSettling()
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
}

/** Unfinished rows are sent again after this: at first far above a job's usual seconds and below a caller's patience. */
const PATIENCE = { firstMs: 15_000, longestMs: 600_000 }

/** The relay wakes up by itself for rows whose process died before it could send them. */
function relayTasks(deps: Deps): Periodic[] {
  return [
    { name: 'kernel.outbox-relay', everyMs: 500, run: async () => void (await deps.outbox.relay()) },
    {
      name: 'kernel.outbox-sweep',
      everyMs: 5_000,
      run: async () => {
        const sent = await deps.outbox.sweep(PATIENCE)
        if (sent > 0) deps.log.warn({ area: 'kernel', verb: 'outbox-sweep', sent }, 'sent forgotten jobs again')
      },
    },
  ]
}

async function runJob(deps: Deps, all: readonly Subscription[], queue: string, job: JobContext): Promise<void> {
  const started = performance.now()
  const line = { area: queue, verb: job.topic, outboxId: String(job.outboxId), attempt: job.attempt }
  try {
    const outcome = await deliver(deps.db, deps.clock, all, job.outboxId)
    const level = outcome === 'given-up' ? 'error' : outcome === 'unknown-topic' ? 'warn' : 'info'
    deps.log[level]({ ...line, outcome, ms: Math.round((performance.now() - started) * 10) / 10 }, 'job')
  } catch (error) {
    const hopeless = error instanceof AppError && !error.retryable && error.status < 500
    const final = hopeless || job.attempt >= job.attempts
    deps.log.error({ ...line, err: error, final }, 'job failed')
    await failDelivery(deps.db, job.outboxId, describe(error), deps.clock.now(), final)
    throw hopeless ? new UnrecoverableError(describe(error)) : error
  }
}

/** Code and kind only: an error's message may quote data. */
const describe = (error: unknown): string =>
  error instanceof AppError ? error.code : error instanceof Error ? error.name : 'unknown'
