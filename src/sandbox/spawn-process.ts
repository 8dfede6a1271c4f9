import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A child process of ours that has said it is ready. */
export interface Spawned {
  readonly pid: number
  /** The line with which it said so. */
  readonly ready: Readonly<Record<string, unknown>>
  /** SIGTERM, then SIGKILL after ten seconds; resolves with the exit code (null after a signal). */
  stop(): Promise<number | null>
  /** SIGKILL now, as a power cut would. */
  kill(): Promise<void>
}

export interface SpawnOptions {
  readonly script: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The first JSON line on stdout that has this member ends the wait. */
  readonly readyMember: string
  readonly timeoutMs?: number
  /** Everything the child writes on stderr. */
  readonly onLog?: (text: string) => void
}

/** Starts a Node script and waits until it prints its line of JSON. */
export async function spawnProcess(options: SpawnOptions): Promise<Spawned> {
  const child = spawn(process.execPath, [options.script, ...options.args], {
    env: { ...process.env, ...options.env },
    // The channel carries no messages: its end tells the child that the parent is gone, even after kill -9.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.channel?.unref()
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4000)
    options.onLog?.(text)
  })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${options.script} was not ready in time. It said:\n${tail}`))
    }, options.timeoutMs ?? 60_000)
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const said = parseObject(line)
      if (said === undefined || !(options.readyMember in said)) return
      clearTimeout(timer)
      resolve(said)
    })
    exited.then((code) => {
      clearTimeout(timer)
      reject(new Error(`${options.script} ended with ${code} before it was ready. It said:\n${tail}`))
    }, reject)
  })
  return {
    pid: child.pid as number,
    ready,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      try {
        return await exited
      } finally {
        clearTimeout(timer)
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    // Not every line of a child is JSON; those that are not say nothing here.
    return undefined
  }
}
