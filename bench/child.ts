import { fork } from 'node:child_process'
import { basename } from 'node:path'
import type { Reply } from './answer.ts'
import type { Cleanup } from './cleanup.ts'

/** A process of the bench. */
export interface Child {
  ask<T>(name: string, input?: unknown): Promise<T>
  /** Processor time used so far, in microseconds. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

const STOP_MS = 20_000

/** Starts a program of this folder and resolves when it says that it is ready. */
export async function startChild(cleanup: Cleanup, program: URL, env: Record<string, string> = {}): Promise<Child> {
  const child = fork(program, { env: { ...cleanEnv(), ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
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
    for (const asked of waiting.values())
      asked.fail(new Error(`${basename(program.pathname)} ended with ${signal ?? code}`))
    waiting.clear()
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

/** The caller's own settings of the service would change what is measured. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(YMT_|PG|DATABASE_URL$|REDIS_URL$)/.test(name)),
  )
}
