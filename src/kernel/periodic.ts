import { openLocks } from './advisory-locks.ts'
import type { Database } from './db.ts'

/** Upkeep that runs by the clock: sweeps, pruning, sealing. Missing or doubling a tick must do no harm. */
export interface Periodic {
  readonly name: string
  readonly everyMs: number
  run(): Promise<void>
}

export interface PeriodicHandle {
  stop(): Promise<void>
}

/**
 * Runs each task in every process that calls this, but in one process at a time: a tick that finds the task's
 * advisory lock taken is skipped. All locks of a process share one connection of its pool. A failing task is reported and tried again at its next tick.
 */
export function startPeriodic(
  db: Database,
  tasks: readonly Periodic[],
  onError: (error: unknown, task: string) => void,
): PeriodicHandle {
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let stopped = false

  const locks = openLocks(db)
  const schedule = (task: Periodic): void => {
    if (stopped) return
    // A little jitter keeps processes that started together from asking for the lock together.
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        const run = locks
          .runAlone(task.name, () => task.run())
          .catch((error: unknown) => onError(error, task.name))
          .finally(() => {
            running.delete(run)
            schedule(task)
          })
        running.add(run)
      },
      task.everyMs * (0.9 + Math.random() * 0.2),
    )
    timers.add(timer)
  }

  for (const task of tasks) schedule(task)
  return {
    async stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}
