import { fork } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Reply } from './answer.ts'
import type { Cleanup } from './cleanup.ts'
import type { Place } from './place.ts'

/** A process of the bench. */
export interface Child {
  ask<T>(name: string, input?: unknown): Promise<T>
  /** Processor time used so far, in microseconds. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

const STOP_MS = 20_000
/** Of the log of a process that failed. */
const LAST_LINES = 20
let children = 0

/** As the container starts the service; the servers that it is compared with have the same. */
const NURSERY = ['--max-semi-space-size=64']

/**
 * Starts a program of this folder and resolves when it says that it is ready. Its log has the level that a user gets
 * and goes into a file, so that writing it counts.
 */
export async function startChild(
  cleanup: Cleanup,
  program: URL,
  place: Place,
  env: Record<string, string> = {},
): Promise<Child> {
  const name = basename(program.pathname, '.ts')
  const log = join(place.dir, `${name}-${++children}.log`)
  const file = await open(log, 'a')
  const child = fork(program, {
    execArgv: NURSERY,
    env: { ...cleanEnv(), ...place.env, ...env },
    stdio: ['ignore', file.fd, file.fd, 'ipc'],
  })
  await file.close()
  const waiting = new Map<number, { done(value: unknown): void; fail(error: Error): void }>()
  let lastId = 0
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const ready = new Promise<unknown>((done, fail) => waiting.set(0, { done, fail }))
  child.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.error === undefined) asked?.done(reply.value)
    else asked?.fail(new Error(reply.error))
  })
  child.once('exit', (code, signal) => {
    const left = [...waiting.values()]
    waiting.clear()
    if (left.length === 0) return
    void lastLines(log).then((lines) => {
      for (const asked of left) asked.fail(new Error(`${name} ended with ${signal ?? code}\n${lines}`))
    })
  })
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect()
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    if (child.exitCode === null && child.signalCode === null) await exited
    clearTimeout(late)
  }
  cleanup.add(stop)
  const ask = async <T>(name: string, input?: unknown): Promise<T> => {
    const id = ++lastId
    const answered = new Promise<unknown>((done, fail) => waiting.set(id, { done, fail }))
    child.send({ id, name, input })
    return (await answered) as T
  }
  await ready
  return { ask, cpu: () => ask<number>('cpu'), stop }
}

async function lastLines(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch((error: unknown) => String(error))
  return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n')
}

/** The caller's own settings of the service would change what is measured. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(YMT_|PG|DATABASE_URL$|REDIS_URL$)/.test(name)),
  )
}
