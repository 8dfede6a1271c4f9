import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from './cleanup.ts'

const READY_MS = 10_000

/** Version of the `redis-server` on the PATH, or null where there is none. */
export async function redisVersion(): Promise<string | null> {
  return await new Promise((done) => {
    execFile('redis-server', ['--version'], (error, out) =>
      done(error ? null : (/v=(\S+)/.exec(out)?.[1] ?? 'unknown')),
    )
  })
}

/** A Redis of the bench's own, in memory only: nothing kept there is the only copy. */
export async function startRedis(cleanup: Cleanup): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-bench-redis-'))
  cleanup.add(() => rm(dir, { recursive: true, force: true }))
  const port = await freePort()
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', flags, { stdio: 'ignore', detached: true })
  const exited = new Promise<void>((done) => child.once('close', () => done()))
  const onExit = (): void => void child.kill('SIGTERM')
  process.once('exit', onExit)
  cleanup.add(async () => {
    process.removeListener('exit', onExit)
    child.kill('SIGTERM')
    await exited
  })
  const deadline = performance.now() + READY_MS
  while (!(await answers(port))) {
    if (performance.now() > deadline) throw new Error('redis-server does not answer')
    await new Promise((done) => setTimeout(done, 20))
  }
  return `redis://127.0.0.1:${port}`
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.destroy() && done(true)).once('error', () => done(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? done(address.port) : fail(new Error('no port')),
      )
    })
  })
}
