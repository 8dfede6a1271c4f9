import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Starts `redis-server` on a free loopback port, in memory only: tests may lose all of it. */
export async function startRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'ymt-test-redis-'))
  const port = await freePort()
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<void>((done) => child.once('close', () => done()))
  const onExit = () => void child.kill('SIGTERM')
  process.once('exit', onExit)
  let output = ''
  await new Promise<void>((ready, fail) => {
    child.once('error', (cause) => fail(new Error('redis-server 7 or newer must be on the PATH', { cause })))
    child.once('close', () => fail(new Error(`redis-server ended: ${output}`)))
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ready to accept connections')) ready()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      process.removeListener('exit', onExit)
      child.kill('SIGTERM')
      await exited
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      if (address === null || typeof address === 'string') return fail(new Error('no port'))
      probe.close(() => done(address.port))
    })
  })
}
