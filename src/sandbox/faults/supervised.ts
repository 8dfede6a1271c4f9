import { type Spawned, type SpawnOptions, spawnProcess } from '../spawn-process.ts'

/** A process that is started again whenever it ends, as a supervisor of a real machine would. */
export interface Supervised {
  /** SIGKILL; resolves when it is dead, while a new one starts. One that is still starting is waited for first. */
  kill(): Promise<void>
  /** How often it ended without being asked to. */
  ownEnds(): number
  stop(): Promise<void>
}

const LOOK_MS = 250

export async function supervise(options: SpawnOptions): Promise<Supervised> {
  let child: Spawned | undefined
  let restarting: Promise<void> | undefined
  let stopped = false
  let ownEnds = 0

  const start = async (): Promise<void> => {
    for (let tries = 1; !stopped; tries++) {
      try {
        child = await spawnProcess(options)
        return
      } catch (error) {
        // The database may be on its way back.
        if (tries >= 20) throw error
        await new Promise((done) => setTimeout(done, LOOK_MS))
      }
    }
  }
  const restart = (): Promise<void> => {
    restarting ??= start().finally(() => {
      restarting = undefined
    })
    return restarting
  }

  // Tried many times: whoever waits for this process finds that it does not answer.
  const giveUp = (): void => {
    stopped = true
  }

  await start()
  const look = setInterval(() => {
    if (stopped || restarting !== undefined || child === undefined || isAlive(child.pid)) return
    ownEnds += 1
    restart().catch(giveUp)
  }, LOOK_MS)

  return {
    async kill() {
      await restarting
      const old = child
      child = undefined
      await old?.kill()
      restart().catch(giveUp)
    },
    ownEnds: () => ownEnds,
    async stop() {
      stopped = true
      clearInterval(look)
      await restarting?.catch(() => undefined)
      await child?.stop()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
