import { createServer, type Server, type ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../src/kernel/log.ts'
import { openExchange, registerHospital } from '../../src/records/index.ts'
import { searchHospital } from '../../src/records/search-hospital.ts'
import { generateLabRecords } from '../../src/sandbox/lab-records.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, type Peer, startPeer, toLabPerson, useExchange } from './exchange.ts'

let lines = ''
const sink = new Writable({
  write(chunk: Buffer, _encoding, done) {
    lines += chunk.toString()
    done()
  },
})
const hub = useExchange(useDatabase(), {
  env: { YMT_RECORDS_DEADLINE_MS: '5000', YMT_LOG_LEVEL: 'info' },
  log: createLog({ level: 'info', name: 'test' }, sink),
})
const person = () => hub.people[0] as (typeof hub.people)[number]
const CODE = 'H51010400077'

/** Asks one hospital directly, past the registry's periodic reading. */
async function ask(code: string, options: { deadlineMs?: number; signal?: AbortSignal; count?: number } = {}) {
  const connection = hub.exchange.get(code)
  if (connection === undefined) throw new Error('not registered')
  return await searchHospital(connection, {
    personId: person().personId,
    order: { type: 'Observation', sort: { parameter: 'date', descending: true } },
    identifier: { type: 'resident-id', value: person().idNumber },
    beforeDisclosure: async () => undefined,
    type: 'Observation',
    form: {},
    includes: [],
    count: options.count ?? 50,
    deadlineMs: options.deadlineMs ?? 3_000,
    requestId: 'test-request',
    signal: options.signal,
  })
}

describe('sockets', () => {
  it('stay within the hospital’s bound under 200 searches at once, and none is lost', async () => {
    await registerHospital(
      hub.deps,
      CODES[0],
      { baseUrl: hub.peers[0]?.baseUrl() ?? '', auth: { kind: 'none' }, maxSockets: 6 },
      'test',
    )
    await hub.exchange.refresh()
    const before = hub.peers[0]?.sockets() ?? 0
    const results = await Promise.all(
      Array.from({ length: 200 }, () => ask(CODES[0], { count: 5, deadlineMs: 15_000 })),
    )
    expect(results.filter((one) => one.state !== 'ok')).toEqual([])
    expect((hub.peers[0]?.sockets() ?? 0) - before).toBeLessThanOrEqual(6)
  })
})

describe('a caller that goes away', () => {
  it('cancels what it asked of the hospitals and leaves the audit of it', async () => {
    const peer = hub.peers[2] as Peer
    // The hub's request has reached the hospital, which never answers it; and the hub has given it up.
    const arrived = Promise.withResolvers<void>()
    const givenUp = Promise.withResolvers<boolean>()
    peer.app.server.once('request', (_request, response: ServerResponse) => {
      response.once('close', () => givenUp.resolve(!response.writableFinished))
      arrived.resolve()
    })
    peer.setFault({ kind: 'hang', on: 'search' })
    const address = await hub.app.listen({ port: 0, host: '127.0.0.1' })
    const controller = new AbortController()
    const request = fetch(`${address}/fhir/Observation?patient=${person().personId}`, {
      headers: {
        authorization: `Bearer ${await hub.token('hospital')}`,
        'x-purpose-of-use': 'TREAT',
        'x-request-id': 'cancelled-request',
      },
      signal: controller.signal,
    })
    const ended = request.then(
      () => 'answered',
      () => 'aborted',
    )
    await arrived.promise
    controller.abort()
    expect(await ended).toBe('aborted')
    expect(await givenUp.promise).toBe(true)
    const rows = async () =>
      await hub.deps.db
        .selectFrom('audit_event')
        .select(['target_id', 'result', 'reason_codes'])
        .where('request_id', '=', 'cancelled-request')
        .where('action', 'like', 'records.%')
        .execute()
    // Nobody tells when an answer that nobody waits for is done with. Had the deadline ended it, it would say timeout.
    await expect.poll(rows, { timeout: 20_000 }).not.toEqual([])
    expect((await rows()).find((row) => row.target_id === CODES[2])).toMatchObject({
      result: 'failed',
      reason_codes: ['cancelled'],
    })
    peer.setFault({ kind: 'none' })
  })
})

describe('access tokens of a hospital (SMART Backend Services)', () => {
  let peer: Peer
  beforeAll(async () => {
    const hospital = await registerHospital(
      hub.deps,
      CODE,
      { baseUrl: 'http://127.0.0.1:9', auth: { kind: 'backend-services', clientId: 'yimatong' } },
      'test',
    )
    if (hospital.auth.kind !== 'backend-services') throw new Error('no key')
    peer = await startPeer({
      code: CODE,
      clock: hub.deps.clock,
      auth: {
        clients: [{ clientId: 'yimatong', jwks: { keys: [{ ...hospital.auth.publicJwk }] }, scopes: ['system/*.rs'] }],
      },
      resources: generateLabRecords(
        'records',
        hub.people.map(toLabPerson),
        { code: CODE, name: '示范医院' },
        hub.deps.clock.now(),
      ),
    })
    await registerHospital(
      hub.deps,
      CODE,
      { baseUrl: peer.baseUrl(), auth: { kind: 'backend-services', clientId: 'yimatong' } },
      'test',
    )
    await hub.exchange.refresh()
  })
  afterAll(async () => peer.app.close())
  const tokensAsked = () => peer.seen.filter((line) => line.endsWith('/auth/token')).length

  it('are fetched once for many searches and again shortly before they end', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => ask(CODE)))
    expect(results.map((one) => one.state)).toEqual(Array.from({ length: 10 }, () => 'ok'))
    expect(tokensAsked()).toBe(1)
    hub.deps.clock.advance(280_000)
    expect((await ask(CODE)).state).toBe('ok')
    expect(tokensAsked()).toBe(2)
  })

  it('whose endpoint hangs do not hold a search beyond its own deadline', async () => {
    hub.deps.clock.advance(300_000)
    peer.setFault({ kind: 'hang', on: 'token' })
    const began = performance.now()
    expect(await ask(CODE, { deadlineMs: 400 })).toMatchObject({ state: 'failed', issue: { code: 'timeout' } })
    // The token request would go on for three seconds.
    expect(performance.now() - began).toBeLessThan(2_500)
    peer.setFault({ kind: 'none' })
    // The token request itself ends by a deadline of its own; then a new one is made.
    while ((await ask(CODE)).state !== 'ok' && performance.now() - began < 8_000) await delay(100)
    expect((await ask(CODE)).state).toBe('ok')
  })

  it('of a hospital that was restarted and knows them no more are fetched anew', async () => {
    const connection = hub.exchange.get(CODE)
    if (connection === undefined) throw new Error('not registered')
    const port = Number(new URL(peer.baseUrl()).port)
    const { auth } = connection.hospital
    if (auth.kind !== 'backend-services') throw new Error('no key')
    const resources = [...peer.store.rowsOf('Patient')].map((row) => row.resource)
    await peer.app.close()
    const { buildHospital } = await import('../../src/sandbox/hospital/server.ts')
    const restarted = buildHospital({
      code: CODE,
      name: '示范医院',
      clock: hub.deps.clock,
      resources,
      auth: { clients: [{ clientId: 'yimatong', jwks: { keys: [{ ...auth.publicJwk }] }, scopes: ['system/*.rs'] }] },
    })
    await restarted.app.listen({ port, host: '127.0.0.1' })
    try {
      expect(await ask(CODE)).toEqual(expect.objectContaining({ state: 'ok', issue: undefined }))
    } finally {
      await restarted.app.close()
    }
  })

  it('are refused to a key that the hospital does not know', async () => {
    const stranger = await startPeer({
      code: CODE,
      clock: hub.deps.clock,
      auth: { clients: [{ clientId: 'somebody-else', jwks: { keys: [] } }] },
    })
    await registerHospital(
      hub.deps,
      CODE,
      { baseUrl: stranger.baseUrl(), auth: { kind: 'backend-services', clientId: 'yimatong' } },
      'test',
    )
    await hub.exchange.refresh()
    expect(await ask(CODE)).toMatchObject({ state: 'failed', issue: { code: 'forbidden' } })
    await stranger.app.close()
    await registerHospital(
      hub.deps,
      CODE,
      { baseUrl: stranger.baseUrl(), auth: { kind: 'none' }, enabled: false },
      'test',
    )
    await hub.exchange.refresh()
  })
})

describe('a server that is no hospital', () => {
  let server: Server | undefined
  const serve = async (handle: Parameters<typeof createServer>[1]): Promise<void> => {
    await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())))
    server = createServer(handle)
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    await registerHospital(
      hub.deps,
      'H51010400078',
      { baseUrl: `http://127.0.0.1:${address.port}/fhir`, auth: { kind: 'none' }, enabled: false },
      'test',
    )
    await hub.exchange.refresh()
  }
  afterAll(async () => {
    await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())))
  })

  it.each([
    ['redirects', 302, { location: 'http://127.0.0.1:1/fhir' }, '', 'security'],
    ['asks for patience', 429, { 'retry-after': '9' }, '{}', 'throttled'],
    [
      'sends another content type',
      200,
      { 'content-type': 'text/plain' },
      '{"resourceType":"Bundle","type":"searchset"}',
      'structure',
    ],
    [
      'compresses what was not asked for',
      200,
      { 'content-type': 'application/fhir+json', 'content-encoding': 'gzip' },
      'x',
      'structure',
    ],
    [
      'sends a bundle of another type',
      200,
      { 'content-type': 'application/fhir+json' },
      '{"resourceType":"Bundle","type":"batch-response"}',
      'structure',
    ],
  ] as const)('and %s is named so', async (_name, status, headers, text, issue) => {
    await serve((_request, response) => response.writeHead(status, { ...headers }).end(text))
    expect(await ask('H51010400078')).toMatchObject({ state: 'failed', issue: { code: issue } })
  })

  it('and names two patients of one identifier is not believed', async () => {
    const patient = (id: string) => ({
      resource: {
        resourceType: 'Patient',
        id,
        identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: person().idNumber }],
      },
    })
    await serve((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/fhir+json' })
        .end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [patient('a'), patient('b')] })),
    )
    expect(await ask('H51010400078')).toMatchObject({ state: 'failed', issue: { code: 'multiple-matches' } })
  })
})

describe('a hospital that repeats a record', () => {
  let server: Server | undefined
  afterAll(async () => {
    await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())))
  })

  it('on one page and on the next gives it once', async () => {
    const observation = (id: string) => ({
      resource: {
        resourceType: 'Observation',
        id,
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'Patient/p' },
        effectiveDateTime: '2026-11-01',
      },
    })
    const patient = {
      resource: {
        resourceType: 'Patient',
        id: 'p',
        identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: person().idNumber }],
      },
    }
    let base = ''
    server = createServer(({ url = '' }, response) => {
      const page = url.includes('Patient/_search')
        ? { entry: [patient] }
        : url.includes('more')
          ? { entry: [observation('b'), observation('c')] }
          : {
              entry: [observation('a'), observation('a'), observation('b')],
              link: [{ relation: 'next', url: `${base}/Observation?more` }],
            }
      response
        .writeHead(200, { 'content-type': 'application/fhir+json' })
        .end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', ...page }))
    })
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', () => done()))
    base = `http://127.0.0.1:${(server.address() as { port: number }).port}/fhir`
    await registerHospital(hub.deps, 'H51010400076', { baseUrl: base, auth: { kind: 'none' } }, 'test')
    await hub.exchange.refresh()
    const result = await ask('H51010400076')
    expect(result).toMatchObject({ state: 'ok', total: 3 })
    expect(result.found.map((one) => one.resource.id)).toEqual(['a', 'b', 'c'])
  })
})

describe('the registry', () => {
  const put = async (code: string, body: object, role: 'operator' | 'hospital' = 'operator') =>
    await hub.app.inject({
      method: 'PUT',
      url: `/records/hospitals/${code}`,
      headers: { authorization: `Bearer ${await hub.token(role)}` },
      payload: body,
    })

  it('makes a key that only its public half leaves', async () => {
    const auth = { kind: 'backend-services', clientId: 'yimatong' }
    const answer = await put('H51010400079', { baseUrl: 'https://fhir.hospital.example/fhir/', auth, enabled: false })
    expect(answer.json()).toMatchObject({
      baseUrl: 'https://fhir.hospital.example/fhir',
      auth: { jwksPath: '/records/hospitals/H51010400079/jwks.json' },
    })
    const jwks = async () =>
      (await hub.app.inject('/records/hospitals/H51010400079/jwks.json')).json<{ keys: Record<string, unknown>[] }>()
    const first = await jwks()
    expect(first.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-384', alg: 'ES384' })
    expect(first.keys[0]).not.toHaveProperty('d')
    await put('H51010400079', { baseUrl: 'https://fhir.hospital.example/fhir', auth })
    expect(await jwks()).toEqual(first)
    await put('H51010400079', { baseUrl: 'https://fhir.hospital.example/fhir', auth: { ...auth, rotateKey: true } })
    expect((await jwks()).keys[0]?.['kid']).not.toBe(first.keys[0]?.['kid'])
    const list = await hub.app.inject({
      url: '/records/hospitals',
      headers: { authorization: `Bearer ${await hub.token('operator')}` },
    })
    expect(list.body).toContain('H51010400079')
    expect(list.body).not.toMatch(/privateKey|"d":/)
  })

  it('leaves an audit event for each change of an address', async () => {
    const count = async () =>
      (
        await hub.deps.db
          .selectFrom('audit_event')
          .select('event_no')
          .where('action', '=', 'records.hospital-register')
          .where('target_id', '=', 'H51010400077')
          .execute()
      ).length
    const body = { baseUrl: 'https://fhir.hospital.example/fhir', auth: { kind: 'none' }, enabled: false }
    const before = await count()
    expect((await put('H51010400077', body)).statusCode).toBe(200)
    expect(await count()).toBe(before + 1)
    expect((await put('H51010400077', body, 'hospital')).statusCode).toBe(403)
    expect(await count()).toBe(before + 1)
  })

  it.each([
    'http://fhir.hospital.example/fhir',
    'https://user:secret@fhir.hospital.example/fhir',
    'http://169.254.169.254/latest',
  ])('refuses the address %s', async (baseUrl) => {
    const answer = await put('H51010400079', { baseUrl, auth: { kind: 'none' } })
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ code: 'records.hospital-invalid', errors: [{ pointer: '/baseUrl' }] })
  })

  it('serves the operator only', async () => {
    expect(
      (await put('H51010400079', { baseUrl: 'https://x.example/fhir', auth: { kind: 'none' } }, 'hospital')).statusCode,
    ).toBe(403)
  })

  it('reaches a second process by itself', async () => {
    const other = await openExchange(hub.deps)
    await put('H51010400080', { baseUrl: 'https://y.example/fhir', auth: { kind: 'none' }, enabled: false })
    const began = performance.now()
    while (other.get('H51010400080') === undefined && performance.now() - began < 4_000) await delay(50)
    expect(other.get('H51010400080')?.hospital.baseUrl).toBe('https://y.example/fhir')
    await other.close()
  })
})

it('wrote no identity number and no name into its log', () => {
  expect(lines).toContain('request')
  for (const { idNumber, name } of hub.people) {
    expect(lines).not.toContain(idNumber)
    expect(lines).not.toContain(name)
  }
})
