import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The process that runs the server of a folder. */
export interface Owner {
  readonly pid: number
  /** Tells this process from a later one with the same pid; empty where the system does not say. */
  readonly born: string
  readonly address?: string | undefined
}

/** The right to run the one server of a folder. */
export interface Ownership {
  announce(address: string): Promise<void>
  release(): Promise<void>
}

const fileOf = (dir: string) => join(dir, 'owner.json')

/**
 * Takes the folder for this process, or throws when a living one has it. The file outlives a kill -9, which is why
 * what counts is whether the process it names still lives. Should two starts take over a dead owner's folder in the
 * same instant, PostgreSQL's own lock file is the last guard.
 */
export async function acquireOwnership(dir: string): Promise<Ownership> {
  const file = fileOf(dir)
  const mine = { pid: process.pid, born: await birthOf(process.pid) }
  const draft = `${file}.${process.pid}`
  const write = async (owner: Owner) => writeFile(draft, JSON.stringify(owner), { mode: 0o600 })

  await write(mine)
  try {
    // A hard link either makes the name or fails because it exists: no moment at which two succeed.
    await link(draft, file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    const owner = await readOwner(dir)
    if (owner !== null && (await isOwnedByLivingProcess(owner))) {
      const address = owner.address === undefined ? 'still starting' : `at ${owner.address}`
      throw new Error(`an embedded PostgreSQL is already running in ${dir} (process ${owner.pid}, ${address})`)
    }
    await rename(draft, file)
    await sleep(50)
    const winner = await readOwner(dir)
    if (winner?.pid !== mine.pid) throw new Error(`another process has just started a PostgreSQL in ${dir}`)
  } finally {
    await rm(draft, { force: true })
  }
  return {
    async announce(address) {
      await write({ ...mine, address })
      await rename(draft, file)
    },
    release: () => rm(file, { force: true }),
  }
}

/** Who runs the server of this folder, or did when it was killed; `null` when it was stopped in order. */
export async function readOwner(dir: string): Promise<Owner | null> {
  const text = await readFile(fileOf(dir), 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as Owner)
}

/** Whether the process that wrote this still lives. */
export async function isOwnedByLivingProcess(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0)
  } catch (cause) {
    // EPERM: it lives, under another user.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return owner.born === (await birthOf(owner.pid))
}

/**
 * Boot id and start tick: pids are given out again, this pair is not. Only Linux tells. A process that was killed but
 * that nobody has reaped still has its pid; it counts as gone.
 */
async function birthOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold blanks, so fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'gone' : `${boot.trim()}:${fields[19]}`
  } catch {
    return ''
  }
}
