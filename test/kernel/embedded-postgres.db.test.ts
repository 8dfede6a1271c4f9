import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../src/kernel/embedded-postgres.ts'

const FIXTURE = join(import.meta.dirname, 'embedded-postgres-owner.fixture.ts')

describe('the embedded PostgreSQL', () => {
  let parent: string
  let dir: string
  let made: string
  const cleanups: (() => Promise<unknown>)[] = []

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ymt-embedded-'))
    // mkdtemp makes a private folder; here the server's account must be let through.
    await chmod(parent, 0o755)
    dir = join(parent, 'postgres')
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await rm(parent, { recursive: true, force: true })
  })

  // To make a cluster takes most of the time of a first start: those tests that are not about it copy this one.
  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), 'ymt-embedded-made-'))
    await chmod(made, 0o755)
    const server = await startEmbeddedPostgres({ dir: join(made, 'postgres'), durable: false })
    await server.stop()
    await rm(join(made, 'postgres/port'))
  })
  afterAll(() => rm(made, { recursive: true }))
  // `-a` keeps the owner, which is the server's account.
  const copyMade = () => promisify(execFile)('cp', ['-a', join(made, 'postgres'), dir])

  const start = async (options: { dir?: string; log?: (line: string) => void; persistent?: boolean } = {}) => {
    const server = await startEmbeddedPostgres({ dir, durable: false, ...options })
    cleanups.push(server.stop)
    return server
  }

  test('answers on the loopback address, keeps data and port over a stop and a start', async () => {
    const first = await start()
    expect(new URL(first.url).hostname).toBe('127.0.0.1')
    await query(first.url, 'create table kept (id int); insert into kept values (7)')
    await first.stop()
    expect(isAlive(first.pid)).toBe(false)

    const second = await start()
    expect(second.url).toBe(first.url)
    expect(await query(second.url, 'select id from kept')).toEqual([{ id: 7 }])
  })

  test('keeps its password from others and refuses a wrong one', async () => {
    const { url } = await start()
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600)
    const wrong = new URL(url)
    wrong.password = 'guess'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
  })

  test('is refused a second time in the same folder while the first runs, with process and address', async () => {
    await copyMade()
    const { url } = await start()
    const address = `127.0.0.1:${new URL(url).port}`
    await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(
      `an embedded PostgreSQL is already running in ${dir} (process ${process.pid}, at ${address})`,
    )
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('is found by another command while it runs, and not after', async () => {
    await copyMade()
    const { url, stop } = await start()
    expect(await findEmbeddedPostgres(dir)).toEqual({ url, pid: process.pid })
    await stop()
    expect(await findEmbeddedPostgres(dir)).toBeNull()
  })

  test('survives kill -9 of its parent: the next start stops the orphan and has all the data', async () => {
    await copyMade()
    const owner = spawn(process.execPath, [FIXTURE, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanups.push(async () => owner.kill('SIGKILL'))
    const { url, pid } = await firstLine<{ url: string; pid: number }>(owner)
    await query(url, 'create table kept (id int); insert into kept select generate_series(1, 1000)')
    owner.kill('SIGKILL')
    await new Promise((done) => owner.once('close', done))
    expect(isAlive(pid)).toBe(true)

    const lines: string[] = []
    const next = await start({ log: (line) => lines.push(line) })
    expect(lines).toEqual([`stopping the PostgreSQL server (pid ${pid}) that a killed process left behind`])
    expect(isAlive(pid)).toBe(false)
    expect(next.url).toBe(url)
    expect(await query(next.url, 'select count(*)::int as rows from kept')).toEqual([{ rows: 1000 }])
  })

  test('recovers when the server itself was killed too', async () => {
    await copyMade()
    const owner = spawn(process.execPath, [FIXTURE, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const { url, pid } = await firstLine<{ url: string; pid: number }>(owner)
    await query(url, 'create table kept (id int); insert into kept values (1)')
    owner.kill('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await new Promise((done) => owner.once('close', done))
    const next = await start()
    expect(await query(next.url, 'select id from kept')).toEqual([{ id: 1 }])
  })

  test('a signal to the parent does not take the server away before stop is called', async () => {
    await copyMade()
    const owner = spawn(process.execPath, ['--input-type=module', '-e', drainingOwner(dir)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    await firstLine(owner)
    // The whole group gets it, as with Ctrl-C in a terminal.
    process.kill(-(owner.pid as number), 'SIGINT')
    const answer = await new Promise<string>((done) => owner.stdout?.once('data', (chunk) => done(String(chunk))))
    expect(JSON.parse(answer)).toEqual({ drained: [{ one: 1 }] })
    await new Promise((done) => owner.once('close', done))
    expect(await findEmbeddedPostgres(dir)).toBeNull()
  })

  test('takes another port when its own is taken, and says so', async () => {
    await copyMade()
    const first = await start()
    await first.stop()
    const port = Number(new URL(first.url).port)
    const squatter = await new Promise<Server>((done) => {
      const server = createServer().listen(port, '127.0.0.1', () => done(server))
    })
    cleanups.push(() => new Promise((done) => squatter.close(done)))
    const lines: string[] = []
    const second = await start({ log: (line) => lines.push(line) })
    expect(second.url).not.toBe(first.url)
    expect(lines).toEqual([`port ${port} is taken by another program, using ${new URL(second.url).port}`])
  })

  test('deletes its folder on stop when it is not persistent', async () => {
    await copyMade()
    const { stop } = await start({ persistent: false })
    await stop()
    await expect(stat(dir)).rejects.toThrow('ENOENT')
  })

  test.runIf(process.getuid?.() === 0)(
    'moves below the state folder when its account cannot get at the folder',
    async () => {
      const closed = join(parent, 'private')
      await mkdir(closed, { mode: 0o700 })
      const lines: string[] = []
      const options = { dir: join(closed, 'postgres'), persistent: false, log: (line: string) => lines.push(line) }
      const { url, dataDir, stop } = await start(options)
      expect(dataDir.startsWith(closed)).toBe(false)
      expect(lines.join('\n')).toContain(`${options.dir} is closed to the account postgres; the database is in`)
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(await findEmbeddedPostgres(options.dir)).toEqual({ url, pid: process.pid })
      await stop()
    },
  )
})

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows as unknown[]
  } finally {
    await client.end()
  }
}

const firstLine = <T>(child: ChildProcess): Promise<T> =>
  new Promise((done, fail) => {
    child.stdout?.once('data', (chunk) => done(JSON.parse(String(chunk)) as T))
    child.once('close', (code) => fail(new Error(`the owner ended with ${code}`)))
  })

/** A killed process that nobody has reaped yet (state Z) has its pid, but it is dead. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
  return !stat.includes(') Z ')
}

/** An owner that, on SIGINT, still uses the database before it stops it. */
const drainingOwner = (dir: string) => `
  import pg from 'pg'
  import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, '../../src/kernel/embedded-postgres.ts'))}
  const server = await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)}, durable: false })
  const alive = setInterval(() => {}, 60_000)
  process.once('SIGINT', async () => {
    await new Promise((done) => setTimeout(done, 300))
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const { rows } = await client.query('select 1 as one')
    await client.end()
    await server.stop()
    console.log(JSON.stringify({ drained: rows }))
    clearInterval(alive)
  })
  console.log('{}')
`
