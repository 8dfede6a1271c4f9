import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { Agent, fetch, type Headers } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedCards } from '../../src/cards/index.ts'
import { suspendClient } from '../../src/identity/change-client.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { seedIssuers } from '../../src/issuers/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

// The lane is part of the listening server: these tests speak real HTTP, and compare with what Fastify's own route
// answers (inject goes there directly).
const database = useDatabase()
const institutions = generateInstitutions('lane')
const hospitalCode = institutions.find((one) => one.recordHolder)!.code
let cards: readonly string[] = []
const lines: string[] = []

const api = useApp(database, {
  onLog: (line) => lines.push(line),
  env: { YMT_RATE_PER_ADDRESS_MINUTE: '100000' },
  seed: async (deps) => {
    await seedIssuers(deps)
    await seedInstitutions(deps, institutions)
    await seedPeople(deps, generatePeople('lane', 5))
  },
})

let url = ''
const agent = new Agent({ connections: 1, pipelining: 1 })

beforeAll(async () => {
  const rows = await database.db.selectFrom('people_person').select('person_id').execute()
  const issued = await seedCards(
    { ...api.deps, ...api.live },
    { city: '510100', personIds: rows.map((row) => row.person_id) },
  )
  cards = issued.map((one) => one.card)
  await api.refresh()
  await api.live.cards.warmed()
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => agent.close())

/** One token for all: a lane takes only callers whose token it has seen. */
let token: Promise<{ authorization: string }> | undefined
const hospital = () => (token ??= api.token('hospital', { institution: hospitalCode }))

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

async function ask(body: string, headers: Record<string, string> = {}): Promise<Reply> {
  const answered = await fetch(`${url}/cards/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await hospital()), ...headers },
    body,
    dispatcher: agent,
  })
  return {
    status: answered.status,
    headers: answered.headers,
    body: (await answered.json()) as Record<string, unknown>,
  }
}

async function askOrdinary(payload: string, headers: Record<string, string> = {}) {
  return await api.app.inject({
    method: 'POST',
    url: '/cards/verify',
    headers: { 'content-type': 'application/json', ...(await hospital()), ...headers },
    payload,
  })
}

/** What may differ between two answers about the same code. */
function plain(body: Record<string, unknown>): unknown {
  const { freshness, instance: _instance, ...rest } = body
  if (freshness === undefined) return rest
  const limits = Object.entries(freshness as Record<string, unknown>).filter(([name]) => !name.endsWith('AgeMs'))
  return { ...rest, freshness: Object.fromEntries(limits) }
}

const taken = (): number => {
  let count = 0
  for (const line of lines) if (line.includes('"route":"/cards/verify"') && line.includes('"ms"')) count++
  return count
}

/** True where Fastify's own route answered: it writes a line for each request. */
async function wentOrdinary(work: () => Promise<unknown>): Promise<boolean> {
  const before = taken()
  await work()
  await new Promise((done) => setTimeout(done, 20))
  return taken() > before
}

describe('the short way of /cards/verify', () => {
  it('answers what the ordinary way answers, with the same headers', async () => {
    const bodies = [
      JSON.stringify({ code: cards[0] }),
      JSON.stringify({ code: cards[1], purpose: 'records' }),
      JSON.stringify({ code: 'not a code' }),
      JSON.stringify({ code: `${cards[0]!.slice(0, -4)}AAAA` }),
    ]
    await ask(bodies[0]!)
    for (const body of bodies) {
      let short: Reply | undefined
      expect(await wentOrdinary(async () => (short = await ask(body)))).toBe(false)
      const ordinary = await askOrdinary(body)
      expect(short?.status).toBe(ordinary.statusCode)
      expect(plain(short!.body)).toEqual(plain(ordinary.json()))
      for (const name of [
        'content-type',
        'content-security-policy',
        'x-content-type-options',
        'x-frame-options',
        'cache-control',
      ]) {
        expect(short?.headers.get(name)).toBe(ordinary.headers[name])
      }
      expect(short?.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it('takes the caller’s request id over, and audits like the ordinary way', async () => {
    const id = randomUUID()
    const reply = await ask(JSON.stringify({ code: cards[2] }), { 'x-request-id': id })
    expect(reply.headers.get('x-request-id')).toBe(id)
    await askOrdinary(JSON.stringify({ code: cards[2] }), { 'x-request-id': `o-${id}` })
    await api.live.verificationAudit.flush()
    const rows = await database.db
      .selectFrom('audit_event')
      .selectAll()
      .where('request_id', 'in', [id, `o-${id}`])
      .orderBy('event_no')
      .execute()
    const [short, ordinary] = rows.map(({ event_no: _no, at: _at, request_id: _id, ...rest }) => rest)
    expect(short).toEqual(ordinary)
    expect(short?.actor_org).toBe(hospitalCode)
  })

  it.each<[string, string, Record<string, string>, number]>([
    ['no JSON', '{"code":', {}, 400],
    ['an unknown member', '{"code":"x","who":1}', {}, 400],
    ['a member that comes twice', '{"code":"x","code":"y"}', {}, 400],
    ['a code that is no text', '{"code":7}', {}, 400],
    ['an unknown purpose', '{"code":"x","purpose":"fun"}', {}, 400],
    ['a list', '[]', {}, 400],
    ['null', 'null', {}, 400],
    ['nothing', '', {}, 400],
    ['another media type', '{"code":"x"}', { 'content-type': 'text/plain' }, 415],
    ['a token that nobody signed', '{"code":"x"}', { authorization: 'Bearer a.b.c' }, 401],
    ['deep nesting', `{"code":${'['.repeat(100)}${']'.repeat(100)}}`, {}, 400],
    ['a body that is too large', JSON.stringify({ code: 'x'.repeat(2_000_000) }), {}, 413],
  ])('leaves %s to the ordinary way, which says what is wrong', async (_case, body, headers, status) => {
    const reply = await ask(body, headers).catch((error: unknown) => ({ status: 413, body: {}, error }))
    const ordinary = await askOrdinary(body, headers)
    expect(reply.status).toBe(status)
    expect(ordinary.statusCode).toBe(status)
    if ('headers' in reply) expect(plain(reply.body)).toEqual(plain(ordinary.json()))
  })

  it.each<[string, object, Record<string, string>]>([
    ['a single use', { singleUse: true }, {}],
    ['what pays', { purpose: 'settlement' }, {}],
    ['a key of its own', {}, { 'idempotency-key': 'a-key' }],
    ['a media type with a character set', {}, { 'content-type': 'application/json; charset=utf-8' }],
  ])('leaves %s to the ordinary way', async (_case, change, headers) => {
    const body = JSON.stringify({ code: cards[0], ...change })
    let reply: Reply | undefined
    expect(await wentOrdinary(async () => (reply = await ask(body, headers)))).toBe(true)
    expect(reply?.status).toBe(200)
  })

  it('leaves callers without the scope or of another role to the ordinary way', async () => {
    const body = JSON.stringify({ code: cards[0] })
    const without = await api.token('hospital', { institution: hospitalCode, scopes: ['cards.read'] })
    expect(await ask(body, without)).toMatchObject({ status: 403, body: { code: 'auth.scope-missing' } })
    // Once more: now the token is known.
    expect(await ask(body, without)).toMatchObject({ status: 403, body: { code: 'auth.scope-missing' } })
    const bureau = await api.token('bureau', { city: '510100', scopes: ['cards.verify'] })
    expect(await ask(body, bureau)).toMatchObject({ status: 403, body: { code: 'auth.role-not-served' } })
  })

  it('reads a body that comes in pieces, with and without a stated length', async () => {
    const text = JSON.stringify({ code: cards[0] })
    for (const length of [true, false]) {
      const headers = { 'content-type': 'application/json', ...(await hospital()) }
      const answered = await new Promise<string>((done, fail) => {
        const sending = httpRequest(`${url}/cards/verify`, {
          method: 'POST',
          headers: { ...headers, ...(length ? { 'content-length': String(text.length) } : {}) },
        })
        sending.on('response', (response) => {
          let all = ''
          response.on('data', (chunk: Buffer) => (all += chunk.toString()))
          response.on('end', () => done(all))
        })
        sending.on('error', fail)
        sending.write(text.slice(0, 50))
        setTimeout(() => sending.end(text.slice(50)), 20)
      })
      expect(JSON.parse(answered)).toMatchObject({ verdict: 'accepted' })
    }
  })

  it('survives a client that hangs up in the middle', async () => {
    const { authorization } = await hospital()
    const { port } = new URL(url)
    for (let count = 0; count < 20; count++) {
      await new Promise<void>((done) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(
            `POST /cards/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: ${authorization}\r\ncontent-length: 100\r\n\r\n{"code":`,
          )
          setTimeout(() => socket.destroy(), 2)
        })
        socket.on('close', () => done())
      })
    }
    expect((await ask(JSON.stringify({ code: cards[0] }))).status).toBe(200)
  })

  it('ends with the token: a suspended client is refused at its next request', async () => {
    const caller = await api.token('hospital', { institution: hospitalCode, clientId: 'to-suspend' })
    const body = JSON.stringify({ code: cards[0] })
    expect((await ask(body, caller)).status).toBe(200)
    expect((await ask(body, caller)).status).toBe(200)
    api.deps.clock.advance(400_000)
    expect(await ask(body, caller)).toMatchObject({ status: 401, body: { code: 'auth.token-expired' } })
    api.deps.clock.advance(-400_000)
    expect((await ask(body, caller)).status).toBe(200)
    await suspendClient(api.deps, 'to-suspend')
    await api.live.tokenKeys.refresh()
    expect(await ask(body, caller)).toMatchObject({ status: 401, body: { code: 'auth.client-not-admitted' } })
  })
})

describe('the limit of an address', () => {
  const limited = useApp(database, { env: { YMT_RATE_PER_ADDRESS_MINUTE: '10' } })

  it('counts both ways together', async () => {
    const at = await limited.app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { 'content-type': 'application/json', ...(await limited.token('cdc', { city: '510100' })) }
    const statuses: number[] = []
    for (let count = 0; count < 12; count++) {
      const reply = await fetch(`${at}/cards/verify`, { method: 'POST', headers, body: '{"code":"x"}' })
      statuses.push(reply.status)
      if (reply.status === 429) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429])
  })
})

describe('the limit of a client', () => {
  const limited = useApp(database, { env: { YMT_RATE_PER_MINUTE: '5' } })

  it('counts both ways together', async () => {
    const at = await limited.app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { 'content-type': 'application/json', ...(await limited.token('cdc', { city: '510600' })) }
    const statuses: number[] = []
    for (let count = 0; count < 8; count++) {
      const reply = await fetch(`${at}/cards/verify`, { method: 'POST', headers, body: '{"code":"x"}' })
      statuses.push(reply.status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429])
  })
})

describe('a server that closes', () => {
  const closing = useApp(database, {})

  it('answers a request that is on its way and lets its connection go', async () => {
    const at = await closing.app.listen({ host: '127.0.0.1', port: 0 })
    const { authorization } = await closing.token('cdc', { city: '511400' })
    const warm = { 'content-type': 'application/json', authorization }
    expect((await fetch(`${at}/cards/verify`, { method: 'POST', headers: warm, body: '{"code":"x"}' })).status).toBe(
      200,
    )
    const answered = Promise.withResolvers<string>()
    const socket = connect(Number(new URL(at).port), '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('close', () => answered.resolve(text))
    const head = `POST /cards/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: ${authorization}\r\ncontent-length: 12\r\n\r\n`
    await new Promise<void>((done) => socket.write(`${head}{"code`, () => done()))
    await new Promise((done) => setTimeout(done, 50))
    const closed = closing.app.close()
    await new Promise((done) => setTimeout(done, 50))
    socket.write('":"x"}')
    await closed
    expect(await answered.promise).toMatch(/^HTTP\/1.1 200 [^]*connection: close[^]*"verdict":"refused"/i)
  })
})
