import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findEmbeddedPostgres } from '../../src/kernel/embedded-postgres.ts'
import { freePorts, type Spawned, spawnProcess } from '../../src/sandbox/index.ts'

// The real commands as real processes, with an embedded database of their own.
const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const dataDir = mkdtempSync(join(tmpdir(), 'ymt-service-'))
let env: Record<string, string>
let address: string
let service: Spawned
let log = ''

const start = (): Promise<Spawned> =>
  spawnProcess({
    script: main,
    args: ['all', '--sandbox'],
    env,
    readyMember: 'ready',
    onLog: (text) => void (log += text),
  })

const run = (args: readonly string[], more: Record<string, string> = {}) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env, ...more } })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })

const databaseUrl = async (): Promise<string> => {
  const running = await findEmbeddedPostgres(join(dataDir, 'postgres'))
  if (running === null) throw new Error('the service runs without its database')
  return running.url
}

const waitUntil = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 400; !(await holds()); tries--) {
    if (tries === 0) throw new Error('it did not come to pass within ten seconds')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const tokenOf = async (client: string): Promise<string> => (await run(['token', client])).out.trim()

beforeAll(async () => {
  const [port] = await freePorts(1)
  address = `http://127.0.0.1:${port}`
  env = {
    YMT_DATA_DIR: dataDir,
    YMT_PORT: String(port),
    YMT_LOG_LEVEL: 'info',
    YMT_HOST: '127.0.0.1',
    YMT_PUBLIC_URL: address,
    ...(process.env['YMT_TEST_QUEUE'] === 'redis' ? { REDIS_URL: inject('redisUrl') } : {}),
  }
  service = await start()
}, 90_000)

afterAll(async () => {
  await service.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

describe('the service', () => {
  it('greets with its address, its reference and three examples that work as printed', async () => {
    expect(log).toContain(`API reference  ${address}/docs`)
    const examples = [...log.matchAll(/^ +(curl .*)$/gm)].map((match) => match[1] as string)
    expect(examples).toHaveLength(3)
    const wanted = ['"verdict":"accepted"', '"resourceType":"Bundle"', '"hifp_pay":"50.00"']
    for (const [index, example] of examples.entries()) {
      // Only how a token is printed differs: npm is not part of what is tested here.
      const command = example.replaceAll('npm run -s token --', `'${process.execPath}' '${main}' token`)
      expect(command).not.toBe(example)
      const { stdout } = await shell(command)
      expect(stdout, example).toContain(wanted[index])
    }
  }, 60_000)

  it('follows the README: a code is printed, scanned without network, revoked, and then refused', async () => {
    const [english, chinese] = ['README.md', 'README.zh-CN.md'].map(readCodePath)
    expect(english).toContain('/trust/bundle')
    expect(chinese).toEqual(english)
    const script = (english as string)
      .replaceAll('http://127.0.0.1:8080', address)
      .replaceAll('.data/', `${dataDir}/`)
      .replaceAll('npm run -s token --', `'${process.execPath}' '${main}' token`)
      .replace(/npm run -s verify -- (.*)$/gm, `'${process.execPath}' '${main}' verify $1; echo "exit $?"`)
    const { stdout } = await shell(`export YMT_DATA_DIR='${dataDir}' YMT_PUBLIC_URL='${address}'\n${script}`)
    expect(stdout).toMatch(
      /✓ 接受 ACCEPTED[\s\S]*exit 0[\s\S]*"status":"revoked"[\s\S]*✗ 拒绝 REFUSED[\s\S]*revoked: [\s\S]*exit 1\n$/,
    )
  }, 60_000)

  it('names the setting for the port when another process has it', async () => {
    const second = await run(['api'], { DATABASE_URL: await databaseUrl(), YMT_SANDBOX_KEYS: 'true' })
    expect(second.code).toBe(1)
    expect(second.err).toContain('Set YMT_PORT')
    expect(second.err).not.toContain('at async')
  }, 30_000)

  it('says that one is running when it is started twice in the same folder', async () => {
    const second = await run(['all'])
    expect(second.code).toBe(1)
    expect(second.err).toContain('already running')
    expect(second.err).not.toContain('at async')
  })

  it('lets commands work beside it', async () => {
    expect((await run(['clients', 'list'])).out).toContain('hospital-chengdu')
    expect(await run(['audit', 'verify'])).toMatchObject({ code: 0, out: expect.stringContaining('audit chain ok') })
    expect((await run(['migrate'])).out).toContain('up to date')
  }, 60_000)

  it('writes its audit chain out, and the log of one person, whose reading it logs', async () => {
    const exported = await run(['audit', 'export'])
    expect(exported.code).toBe(0)
    const lines = exported.out.trim().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    expect(JSON.parse(lines[0] as string)).toMatchObject({ alg: 'SHA-256', record: { seq: 1 } })
    const file = join(dataDir, 'chain.jsonl')
    writeFileSync(file, exported.out)
    expect(await run(['audit', 'verify', file])).toMatchObject({ code: 0 })

    const { person_id } = JSON.parse(readFileSync(join(dataDir, 'sandbox', 'examples', 'settle.json'), 'utf8')) as {
      person_id: string
    }
    const { code, out } = await run(['audit', 'person', person_id])
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; personRef: string })
    expect(code).toBe(0)
    expect(events[0]).toMatchObject({ action: 'audit.read-person', actor: 'command-line' })
    expect(events.length).toBeGreaterThan(2)
    expect(new Set(events.map((one) => one.personRef))).toEqual(new Set([person_id]))

    for (const wrong of [['person'], ['person', '510104190001019995'], ['export', 'x'], ['verify', 'a', 'b'], []]) {
      expect(await run(['audit', ...wrong])).toMatchObject({ code: 1, err: expect.stringContaining('Usage: audit') })
    }
  }, 60_000)

  it('is not touched by a command with another keyring', async () => {
    const file = join(dataDir, 'other-keys.json')
    writeFileSync(file, (await run(['keyring'])).out, { mode: 0o600 })
    const refused = await run(['keys', 'rotate', '--compromised'], { YMT_KEYRING_FILE: file })
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('This keyring is not the one that this database was written with')
    expect(refused.err).not.toContain('at async')
    expect(refused.out).toBe('')
    expect(await tokenOf('hospital-chengdu')).toContain('.')
  }, 60_000)

  it('names the known clients when it is asked for the token of an unknown one', async () => {
    const reply = await run(['token', 'nobody'])
    expect(reply.code).toBe(1)
    expect(reply.err).toContain('hospital-chengdu')
  })

  it('finishes the request in flight before it stops, and is there again with its data after kill -9', async () => {
    const authorization = `Bearer ${await tokenOf('hospital-chengdu')}`
    const ask = () => fetch(`${address}/institutions/H51010499001`, { headers: { authorization } })
    expect((await ask()).status).toBe(200)
    await service.kill()
    service = await start()
    expect((await ask()).status).toBe(200)

    // The search writes its audit event before it answers: while this lock is held, it is in flight.
    const example = JSON.parse(readFileSync(join(dataDir, 'sandbox', 'examples', 'settle.json'), 'utf8')) as {
      person_id: string
    }
    const lock = new pg.Client({ connectionString: await databaseUrl() })
    await lock.connect()
    await lock.query('begin; lock table audit_event in access exclusive mode')
    const inFlight = fetch(`${address}/fhir/DiagnosticReport?patient=${example.person_id}`, {
      headers: { authorization, 'x-purpose-of-use': 'TREAT' },
    })
    await waitUntil(async () => {
      // Only an insert asks for this mode.
      const { rowCount } = await lock.query(
        `select from pg_locks where relation = 'audit_event'::regclass and mode = 'RowExclusiveLock' and not granted`,
      )
      return rowCount === 1
    })
    log = ''
    const code = service.stop()
    await waitUntil(async () => log.includes('stopping: waiting for requests'))
    await lock.query('commit')
    await lock.end()
    const reply = await inFlight
    expect(reply.status).toBe(200)
    expect(((await reply.json()) as { entry: unknown[] }).entry.length).toBeGreaterThan(5)
    expect(await code).toBe(0)
    expect(await findEmbeddedPostgres(join(dataDir, 'postgres'))).toBeNull()
    service = await start()
  }, 90_000)
})

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    for (const word of ['all', 'api', 'worker', 'migrate', 'seed', 'token', 'DATABASE_URL', 'YMT_PORT'])
      expect(out).toContain(word)
    expect((await run(['dance'])).code).toBe(2)
  })

  it('stops the start with all problems of the configuration in one list', async () => {
    const { code, err } = await run(['api'], { YMT_PORT: 'x', YMT_LOG_LEVEL: 'loud', YMT_HSOT: 'y' })
    expect(code).toBe(1)
    expect(err.match(/^ {2}- /gm)).toHaveLength(3)
  })

  it('prints a keyring that the service takes', async () => {
    const { parseKeyring } = await import('../../src/kernel/crypto/index.ts')
    expect(parseKeyring((await run(['keyring'])).out).field.active.alg).toBe('AES-256-GCM')
    expect(parseKeyring((await run(['keyring', '--sm4'])).out).field.active.alg).toBe('SM4-GCM')
  })
})

/** As another terminal runs it: without the settings of the service. */
/** The commands of the section in which a code is printed, without their comments. */
function readCodePath(file: string): string | undefined {
  const text = readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8')
  const block = [...text.matchAll(/^```sh\n(.*?)^```/gms)].find(([, commands]) => commands?.includes('code.svg'))
  return block?.[1]?.replace(/^#.*\n/gm, '')
}

function shell(command: string): Promise<{ stdout: string }> {
  const fresh = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(YMT_|DATABASE_URL|REDIS_URL)/.test(name)),
  )
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], { env: fresh })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()))
    child.once('error', reject)
    child.once('close', () => resolve({ stdout }))
  })
}
