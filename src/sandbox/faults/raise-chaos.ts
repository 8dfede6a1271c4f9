import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from './open-stage.ts'

/** What was broken, and how often. */
export interface Chaos {
  readonly kills: { readonly api: number; readonly worker: number }
  readonly postgresRestarts: number
  readonly redisEmptied: number
}

export interface ChaosOptions {
  readonly kills: number
  /** Which run this is, before every line that is said. */
  readonly name: string
  readonly say: (line: string) => void
  readonly progress: () => { readonly sending: boolean; readonly share: number }
  /** When a kill comes within its part of the run, from 0 to 1. */
  readonly moment: () => number
  /** What the run breaks beside the processes, around the kill with this number. */
  before?(kill: number): Promise<void>
  after?(kill: number): Promise<void>
}

/**
 * Kills workers and APIs in turn with SIGKILL, empties Redis at every third kill, and crashes PostgreSQL in the middle: spread
 * over the run by the share that is done; what is left at its end comes all the same.
 */
export async function raiseChaos(stage: Stage, options: ChaosOptions): Promise<Chaos> {
  const { name, say, progress } = options
  const kills = { api: 0, worker: 0 }
  let postgresRestarts = 0
  let redisEmptied = 0
  for (let kill = 0; kill < options.kills; kill++) {
    const at = (kill + options.moment()) / options.kills
    while (progress().sending && progress().share < at) await sleep(20)
    await options.before?.(kill)
    const n = Math.floor(kill / 2) % stage.urls.length
    if (kill % 2 === 0) {
      kills.worker += 1
      say(`${name}: kill -9 of worker ${n}`)
      await stage.workers[n]?.kill()
    } else {
      kills.api += 1
      say(`${name}: kill -9 of API ${n}`)
      await stage.apis[n]?.kill()
    }
    if (stage.emptyRedis !== undefined && kill % 3 === 1) {
      redisEmptied += 1
      say(`${name}: Redis emptied`)
      await stage.emptyRedis()
    }
    if (kill === Math.floor(options.kills / 2)) {
      postgresRestarts += 1
      say(`${name}: PostgreSQL crashes and starts again`)
      await stage.restartPostgres()
    }
    await options.after?.(kill)
  }
  return { kills, postgresRestarts, redisEmptied }
}
