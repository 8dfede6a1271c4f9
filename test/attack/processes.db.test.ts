import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { seedCards } from '../../src/cards/index.ts'
import { CODE_TYPE } from '../../src/cards/token.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { revokeKey, rotateKey, seedIssuers } from '../../src/issuers/index.ts'
import { deriveSandboxKeyring } from '../../src/kernel/crypto/index.ts'
import type { Deps } from '../../src/kernel/deps.ts'
import { localDate, systemClock } from '../../src/kernel/time.ts'
import { type Live, openLive } from '../../src/live.ts'
import { seedPeople } from '../../src/people/index.ts'
import { freePorts, type Spawned, spawnProcess } from '../../src/sandbox/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'
import { tokenMinter } from '../support/tokens.ts'
import { twinOf } from './wallet.ts'

// Two real API processes on one database, asked over HTTP.

const CITY = '510100'
const database = useDatabase()
const dataDir = mkdtempSync(join(tmpdir(), 'ymt-attack-'))
const addresses: string[] = []
const processes: Spawned[] = []
const institutions = generateInstitutions('processes')
let deps: Deps
let live: Live
let cards: { readonly cardId: string; readonly card: string }[] = []
let hospital = ''
let issuer = ''
let log = ''

beforeAll(async () => {
  deps = { ...testDeps(database), clock: systemClock, keyring: deriveSandboxKeyring(join(dataDir, 'sandbox')) }
  await seedIssuers(deps)
  await seedInstitutions(deps, institutions)
  const personIds = await seedPeople(deps, generatePeople('processes', 60))
  live = await openLive(deps)
  cards = [...(await seedCards({ ...deps, ...live }, { city: CITY, personIds }))]
  const mint = tokenMinter(deps, live.tokenKeys)
  hospital = `Bearer ${await mint('hospital', { institution: institutions.find((one) => one.recordHolder)?.code ?? '' })}`
  issuer = `Bearer ${await mint('issuer', { city: CITY })}`
  const ports = await freePorts(2)
  const started = await Promise.all(
    ports.map((port) =>
      spawnProcess({
        script: join(import.meta.dirname, '..', '..', 'src', 'main.ts'),
        args: ['api'],
        readyMember: 'ready',
        onLog: (text) => void (log += text),
        env: {
          DATABASE_URL: database.url,
          REDIS_URL: '',
          YMT_SANDBOX_KEYS: 'true',
          YMT_DATA_DIR: dataDir,
          YMT_PORT: String(port),
          YMT_PUBLIC_URL: deps.config.publicUrl,
          YMT_LOG_LEVEL: 'error',
          YMT_RATE_PER_MINUTE: '1000000',
          YMT_RATE_PER_ADDRESS_MINUTE: '1000000',
        },
      }),
    ),
  )
  processes.push(...started)
  addresses.push(...ports.map((port) => `http://127.0.0.1:${port}`))
  // Each process has seen the token and all cards.
  for (const at of [0, 1]) {
    await until(2_000, async () => (await verify(at, { code: cards.at(-1)?.card })).verdict === 'accepted')
  }
}, 90_000)

afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()))
  await live.close()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Verdict {
  readonly status: number
  readonly verdict: string
  readonly reasons: readonly { readonly code: string }[]
  readonly freshness: { readonly state: string; readonly statusAgeMs: number; readonly keysAgeMs: number }
}

async function post(at: number, path: string, body: object, authorization: string) {
  const reply = await fetch(`${addresses[at]}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  })
  return { status: reply.status, body: (await reply.json()) as object }
}

async function verify(at: number, body: object): Promise<Verdict> {
  const reply = await fetch(`${addresses[at]}/cards/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: hospital },
    body: JSON.stringify(body),
  })
  return { status: reply.status, ...((await reply.json()) as Omit<Verdict, 'status'>) }
}

const reasonOf = async (at: number, body: object): Promise<string> =>
  (await verify(at, body)).reasons[0]?.code ?? 'none'

/** Milliseconds until it holds. */
async function until(withinMs: number, holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms; ${log.slice(-2_000)}`)
    await new Promise((done) => setTimeout(done, 5))
  }
  return performance.now() - began
}

async function makeCode(card: string): Promise<string> {
  const { iss, jti, idx } = JSON.parse(Buffer.from(card.split('.')[1] ?? '', 'base64url').toString())
  const iat = Math.floor(systemClock.now().getTime() / 1000)
  const payload = { iss, sub: jti, jti: randomBytes(16).toString('base64url'), iat, exp: iat + 60, idx }
  return (await live.issuerKeys.sign({ city: CITY, use: 'code', typ: CODE_TYPE, payload })).token
}

const cardAt = (at: number) => cards[at] as (typeof cards)[number]

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: inject('adminUrl') })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

const databaseName = (): string => new URL(database.url).pathname.slice(1)

const hangUp = (names: string): Promise<number> =>
  asAdmin(async (admin) => {
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = $1 and application_name like $2 and backend_type = 'client backend'`,
      [databaseName(), names],
    )
    return rowCount ?? 0
  })

/** Cuts the connections over which the two processes hear of changes, once both have one. */
async function cutFeeds(): Promise<void> {
  await until(5_000, () =>
    asAdmin(async (admin) => {
      const { rowCount } = await admin.query(
        `select from pg_stat_activity where datname = $1 and application_name = 'ymt-api-changes' and query ~ 'listen'`,
        [databaseName()],
      )
      return rowCount === 2
    }),
  )
  expect(await hangUp('ymt-api-changes')).toBe(2)
}

describe('a code that counts once', () => {
  it('is used once where two processes are shown it in parallel, under both of its signatures', async () => {
    for (let round = 0; round < 20; round++) {
      const code = await makeCode(cardAt(0).card)
      const shown = [0, 1, 0, 1, 0, 1].map((at, place) =>
        verify(at, { code: place % 4 < 2 ? code : twinOf(code), singleUse: true }),
      )
      const verdicts = await Promise.all(shown)
      expect(verdicts.filter((one) => one.verdict === 'accepted')).toHaveLength(1)
      expect(verdicts.filter((one) => one.reasons[0]?.code === 'replayed')).toHaveLength(5)
    }
  }, 30_000)

  it('is refused by the other process within a second also where it is only looked at', async () => {
    const waits: number[] = []
    for (let round = 0; round < 20; round++) {
      const code = await makeCode(cardAt(0).card)
      expect((await verify(0, { code, singleUse: true })).verdict).toBe('accepted')
      waits.push(await until(1_000, async () => (await reasonOf(1, { code: twinOf(code) })) === 'replayed'))
    }
    report('a used code is refused elsewhere', waits)
  }, 60_000)

  it('is refused within a second also where the connection that tells of it was just cut', async () => {
    const waits: number[] = []
    for (let round = 0; round < 5; round++) {
      const code = await makeCode(cardAt(0).card)
      await cutFeeds()
      expect((await verify(0, { code, singleUse: true })).verdict).toBe('accepted')
      waits.push(await until(1_000, async () => (await reasonOf(1, { code })) === 'replayed'))
    }
    report('the same with the connection cut', waits)
  }, 60_000)
})

function report(what: string, waits: readonly number[]): void {
  const worst = Math.max(...waits)
  process.stdout.write(`${what}: worst of ${waits.length} after ${worst.toFixed(0)} ms\n`)
  expect(worst).toBeLessThan(1_000)
}

describe('a revocation that one process commits', () => {
  const revoke = async (at: number): Promise<void> => {
    const { status, body } = await post(0, `/cards/${cardAt(at).cardId}/revocation`, { reason: 'stolen' }, issuer)
    expect(status, JSON.stringify(body)).toBeLessThan(300)
  }

  it('is refused by the other within a second, twenty times', async () => {
    const waits: number[] = []
    for (let at = 1; at <= 20; at++) {
      const { card } = cardAt(at)
      expect((await verify(1, { code: card })).verdict).toBe('accepted')
      await revoke(at)
      waits.push(await until(1_000, async () => (await reasonOf(1, { code: card })) === 'revoked'))
      expect(await reasonOf(1, { code: twinOf(card) })).toBe('revoked')
    }
    report('a revoked card is refused elsewhere', waits)
  }, 60_000)

  it('is refused within a second, twenty times, also where the connection that tells of it was just cut', async () => {
    const waits: number[] = []
    for (let at = 21; at <= 40; at++) {
      const { card } = cardAt(at)
      expect((await verify(1, { code: card })).verdict).toBe('accepted')
      await cutFeeds()
      await revoke(at)
      waits.push(await until(1_000, async () => (await reasonOf(1, { code: card })) === 'revoked'))
    }
    report('the same with the connection cut', waits)
  }, 60_000)

  it('takes everything with it that a compromised key signed, in all processes within a second', async () => {
    const { card } = cardAt(41)
    const { kid } = JSON.parse(Buffer.from(card.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
    await rotateKey(deps, { city: CITY, use: 'card' })
    for (const at of [0, 1]) expect((await verify(at, { code: card })).verdict).toBe('accepted')
    await revokeKey(deps, CITY, kid)
    const waits = await Promise.all(
      [0, 1].map((at) => until(1_000, async () => (await reasonOf(at, { code: card })) === 'key-revoked')),
    )
    for (const at of [0, 1]) expect(await reasonOf(at, { code: twinOf(card) })).toBe('key-revoked')
    report('a revoked key is refused everywhere', waits)
  }, 30_000)
})

describe('without its database', () => {
  const LIMIT = { warnAfterS: 1, refuseAfterS: 3 }

  it('a process says first that it is stale, then accepts nothing any more, and is well again with the database', async () => {
    const code = cardAt(42)
    // Signed by the key that is in force now.
    await live.issuerKeys.refresh()
    const shown = { code: await makeCode(code.card) }
    await database.db
      .insertInto('cards_freshness_policy')
      .values({
        effective_from: localDate(systemClock.now()),
        warn_after_s: LIMIT.warnAfterS,
        refuse_after_s: LIMIT.refuseAfterS,
        source: 'a test',
        verified: false,
      })
      .execute()
    await until(2_000, async () => JSON.stringify((await verify(0, shown)).freshness).includes('"refuseAfterS":3'))
    expect((await verify(0, shown)).verdict).toBe('accepted')

    const stopped = performance.now()
    await asAdmin((admin) => admin.query(`alter database ${databaseName()} allow_connections false`))
    await hangUp('%')
    const seen: string[] = []
    try {
      for (let passed = 0; passed < 5_000; passed = performance.now() - stopped) {
        const answer = await verify(0, shown)
        expect(answer.status).toBe(200)
        const { state, statusAgeMs, keysAgeMs } = answer.freshness
        const step = `${state} ${answer.verdict}`
        if (seen.at(-1) !== step) seen.push(step)
        if (passed > LIMIT.refuseAfterS * 1_000) expect(answer.verdict).toBe('refused')
        if (answer.verdict === 'accepted') {
          expect(Math.max(statusAgeMs, keysAgeMs)).toBeLessThanOrEqual(LIMIT.refuseAfterS * 1_000)
        } else expect(answer.reasons.map((one) => one.code)).toContain('status-too-old')
        await new Promise((done) => setTimeout(done, 40))
      }
      expect(seen).toEqual(['fresh accepted', 'stale accepted', 'too-old refused'])
      // What has to count once cannot be counted: it is not accepted either.
      const once = await verify(1, { ...shown, singleUse: true })
      expect(once.verdict).not.toBe('accepted')
    } finally {
      await asAdmin((admin) => admin.query(`alter database ${databaseName()} allow_connections true`))
    }
    await until(5_000, async () => (await verify(0, shown)).verdict === 'accepted')
    await until(5_000, async () => (await verify(1, { ...shown, singleUse: true })).verdict === 'accepted')
  }, 60_000)

  it('no process ended, and none lost a promise', () => {
    expect(log).not.toMatch(/unhandled|uncaught/i)
    for (const { pid } of processes) expect(process.kill(pid, 0)).toBe(true)
  })
})
