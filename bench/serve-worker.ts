import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { startWorkers, type WorkersHandle } from '../src/worker.ts'
import { answer } from './answer.ts'
import { openService } from './service.ts'

/** The service's worker in a process of its own; it takes jobs from `start` to `stop`. */
const service = await openService('worker')
const { deps, queues } = service.runtime
let workers: WorkersHandle | undefined

answer({ start, stop, drain }, async () => {
  await stop()
  await service.close()
})

const GIVE_UP_MS = 120_000
const LOOK_MS = 5

async function start(): Promise<void> {
  // The people and the policy were loaded after this process began.
  await service.live.refresh()
  workers ??= await startWorkers(deps, service.live, queues)
}

async function stop(): Promise<void> {
  await workers?.close()
  workers = undefined
}

/** Seconds from the start of the workers until no claim waits; returns when the jobs have ended too. */
async function drain(): Promise<number> {
  const started = performance.now()
  await start()
  await until(sql`select 1 from settlement_pending limit 1`)
  const seconds = (performance.now() - started) / 1000
  await until(sql`select 1 from kernel_outbox where done_at is null and dead_at is null limit 1`)
  const failed = await sql`
    select 'refused' from settlement_refusal
    union all
    select 'dead' from kernel_outbox where dead_at is not null limit 1`.execute(deps.db)
  if (failed.rows.length > 0) throw new Error('not every claim of the backlog was settled')
  return seconds
}

async function until(anyLeft: ReturnType<typeof sql>): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS
  while ((await anyLeft.execute(deps.db)).rows.length > 0) {
    if (performance.now() > deadline) throw new Error('the worker does not get through its work')
    await sleep(LOOK_MS)
  }
}
