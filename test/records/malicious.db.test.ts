import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { registerHospital } from '../../src/records/index.ts'
import type { Fault } from '../../src/sandbox/hospital/faults.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, type Peer, startPeer, useExchange } from './exchange.ts'

const DEADLINE_MS = 2_000
/** What a test machine under load may take on top of what the deadline bounds. */
const GRACE_MS = 1_500
const MIB = 1024 * 1024

const hub = useExchange(useDatabase(), { env: { YMT_RECORDS_DEADLINE_MS: String(DEADLINE_MS) } })
const person = () => hub.people[0] as (typeof hub.people)[number]
const BAD = CODES[1]
const bad = () => hub.peers[1] as Peer

/** An address at which nobody must ever arrive. */
let trap: Server
let trapUrl = ''
let trapped: string[] = []

beforeAll(async () => {
  trap = createServer((request, response) => {
    trapped.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
    response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('{}')
  })
  await new Promise<void>((done) => trap.listen(0, '127.0.0.1', done))
  trapUrl = `http://127.0.0.1:${(trap.address() as { port: number }).port}`
})
afterEach(() => {
  for (const peer of hub.peers) peer.setFault({ kind: 'none' })
  trapped = []
  // Past the breaker's rest, also the longest that a hospital asked for.
  hub.deps.clock.advance(70_000)
})
afterAll(async () => {
  trap.closeAllConnections()
  await new Promise<void>((done) => trap.close(() => done()))
})

const search = (requestId = 'malicious') =>
  hub.search(`Observation?patient=${person().personId}&_count=100`, { 'x-request-id': requestId })
const bySource = (matches: readonly { [name: string]: unknown }[], code: string) =>
  matches.filter((one) => JSON.stringify(one['meta']).includes(code)).length
const auditsOf = async (requestId: string) =>
  await hub.deps.db
    .selectFrom('audit_event')
    .select(['target_id', 'result', 'reason_codes'])
    .where('request_id', '=', requestId)
    .where('action', '=', 'records.ask-hospital')
    .execute()

describe('a malicious hospital is contained: the others arrive in time, and it is named with what it did', () => {
  it.each<[string, Fault, string]>([
    ['a body without end', { kind: 'endless' }, 'error/too-long'],
    ['FHIR without end', { kind: 'huge' }, 'error/too-long'],
    ['a body that drips', { kind: 'drip', ms: 500 }, 'error/timeout'],
    ['no answer at all', { kind: 'hang' }, 'error/timeout'],
    ['another content type', { kind: 'wrong-type' }, 'error/structure'],
    ['a web page', { kind: 'garbage', form: 'html' }, 'error/structure'],
    ['half of a JSON text', { kind: 'garbage', form: 'half' }, 'error/structure'],
    ['JSON that is no FHIR', { kind: 'garbage', form: 'not-fhir' }, 'error/structure'],
    ['a redirect to itself', { kind: 'redirect' }, 'error/security'],
    ['10,000-deep JSON', { kind: 'deep' }, 'error/structure'],
    ['a million levels', { kind: 'deep', bytes: 1_000_000 }, 'error/structure'],
    ['a compressed bomb', { kind: 'bomb' }, 'error/structure'],
    ['records of somebody else', { kind: 'wrong-patient' }, 'error/structure'],
    ['a broken connection', { kind: 'reset' }, 'error/transient'],
    ['a failure', { kind: 'status500' }, 'error/exception'],
    ['maintenance', { kind: 'unavailable', retryAfterS: 60 }, 'error/exception'],
  ])('%s', async (name, fault, outcome) => {
    bad().setFault({ ...fault, on: 'search' })
    const requestId = `malicious-${name.replaceAll(/\W+/g, '-')}`
    const began = performance.now()
    const found = await search(requestId)
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + GRACE_MS)
    expect(found.status).toBe(200)
    expect(found.outcomes).toMatchObject({ [BAD]: outcome })
    for (const code of CODES.filter((one) => one !== BAD)) expect(bySource(found.matches, code)).toBeGreaterThan(0)
    expect(bySource(found.matches, BAD)).toBe(0)
    const audits = await auditsOf(requestId)
    expect(new Set(audits.map((row) => row.target_id))).toEqual(new Set(CODES))
    expect(audits.find((row) => row.target_id === BAD)).toMatchObject({
      result: 'failed',
      reason_codes: ['failed', outcome.split('/')[1]],
    })
  })

  it('is heard again when it has come to its senses', async () => {
    const found = await search()
    expect(found.outcomes).not.toHaveProperty(BAD)
    expect(bySource(found.matches, BAD)).toBeGreaterThan(0)
  })
})

describe('nobody is led away', () => {
  it.each<[string, Fault]>([
    ['a redirect', { kind: 'redirect', url: '' }],
    ['a link to the next page', { kind: 'foreign-next-link', url: '' }],
  ])('by %s to another host', async (_what, fault) => {
    bad().setFault({ ...fault, url: `${trapUrl}/fhir/Observation?page=2`, on: 'search' })
    const found = await search()
    expect(found.status).toBe(200)
    expect(trapped).toEqual([])
  })

  it.each(['redirect', 'endless', 'drip', 'deep', 'bomb', 'wrong-type', 'hang'] as const)(
    'nor held up by a token endpoint that plays %s',
    async (kind) => {
      const code = 'H51010400055'
      const auth = { kind: 'backend-services', clientId: 'yimatong' } as const
      const hospital = await registerHospital(hub.deps, code, { baseUrl: 'http://127.0.0.1:9', auth }, 'test')
      if (hospital.auth.kind !== 'backend-services') throw new Error('no key')
      const peer = await startPeer({
        code,
        clock: hub.deps.clock,
        auth: { clients: [{ clientId: 'yimatong', jwks: { keys: [{ ...hospital.auth.publicJwk }] } }] },
      })
      peer.setFault({ kind, on: 'token', ms: 500, ...(kind === 'redirect' ? { url: `${trapUrl}/token` } : {}) })
      await registerHospital(hub.deps, code, { baseUrl: peer.baseUrl(), auth, enabled: true }, 'test')
      await hub.exchange.refresh()
      try {
        const began = performance.now()
        const found = await search()
        expect(performance.now() - began).toBeLessThan(DEADLINE_MS + GRACE_MS)
        expect(found.outcomes[code]).toMatch(/^error\/(?:security|structure|too-long|timeout)$/)
        for (const one of CODES) expect(bySource(found.matches, one)).toBeGreaterThan(0)
        expect(trapped).toEqual([])
        expect(peer.seen.filter((line) => !/token|smart-configuration/.test(line))).toEqual([])
      } finally {
        await registerHospital(
          hub.deps,
          code,
          { baseUrl: peer.baseUrl(), auth: { kind: 'none' }, enabled: false },
          'test',
        )
        await hub.exchange.refresh()
        await peer.app.close()
      }
    },
  )
})

describe('many questions at once against all kinds of malice', () => {
  it('stay within time and memory, and the one good hospital is heard each time', async () => {
    const faults: Fault[] = [{ kind: 'endless' }, { kind: 'bomb' }, { kind: 'deep', bytes: 2_000_000 }]
    for (const [index, fault] of faults.entries()) hub.peers[index]?.setFault({ ...fault, on: 'search' })
    const good = CODES[3]
    await search()
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    let peak = before
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, 5)
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 40 }, () => search()))
    clearInterval(watch)
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS + 2 * GRACE_MS)
    // Forty endless bodies of eight megabytes each, in this process that also plays the hospitals, would be 320 MiB
    // and as much again to read them; what may be held of all bodies together is 24 MiB.
    expect((peak - before) / MIB).toBeLessThan(400)
    for (const found of answers) {
      expect(found.status).toBe(200)
      expect(found.outcomes).not.toHaveProperty(good)
      expect(bySource(found.matches, good)).toBeGreaterThan(0)
      for (const code of CODES.slice(0, 3)) expect(found.outcomes[code]).toMatch(/^error\//)
    }
  })

  it('leave a hospital alone that keeps on, and hear it again by a single probe', async () => {
    // What it did before is forgotten by a success.
    await search()
    bad().setFault({ kind: 'wrong-type', on: 'search' })
    for (let round = 0; round < 5; round++) expect((await search()).outcomes[BAD]).toBe('error/structure')
    const asked = bad().seen.length
    expect((await search()).outcomes[BAD]).toBe('error/throttled')
    expect(bad().seen.length).toBe(asked)
    bad().setFault({ kind: 'none' })
    hub.deps.clock.advance(11_000)
    expect((await search()).outcomes).not.toHaveProperty(BAD)
  })
})

describe('a hospital that flaps', () => {
  it('is asked a second time within the same search', async () => {
    bad().setFault({ kind: 'unavailable', times: 1, on: 'search' })
    const found = await search()
    expect(found.outcomes).not.toHaveProperty(BAD)
    expect(bySource(found.matches, BAD)).toBeGreaterThan(0)
  })
})
