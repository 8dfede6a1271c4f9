import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePorts } from '../start-hospitals.ts'

export interface OwnRedis {
  readonly url: string
  /** Forgets everything, as a server without persistence does when it crashes. */
  empty(): Promise<void>
  stop(): Promise<void>
}

export async function hasRedis(): Promise<boolean> {
  return await new Promise((done) => {
    execFile('redis-server', ['--version'], (error) => done(error === null))
  })
}

/** A Redis of this run's own, in memory only. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-faults-redis-'))
  const [port = 0] = await freePorts(1)
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', flags, { stdio: 'ignore', detached: true })
  const exited = new Promise<void>((done) => child.once('close', () => done()))
  const onExit = (): void => void child.kill('SIGTERM')
  process.once('exit', onExit)
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { maxRetriesPerRequest: null })
  client.on('error', () => undefined)
  await client.ping()
  return {
    url,
    empty: async () => void (await client.flushall()),
    async stop() {
      client.disconnect()
      process.removeListener('exit', onExit)
      child.kill('SIGTERM')
      await exited
      await rm(dir, { recursive: true, force: true })
    },
  }
}
