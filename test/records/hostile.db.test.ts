import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { registerHospital } from '../../src/records/index.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, useExchange } from './exchange.ts'

/** A server that says it is a hospital and knows everybody; what it answers about records is each test's own. */
const CODE = 'H51010400066'
const SYSTEM = 'urn:oid:2.16.156.10011.1.3'
const MAX_BYTES = 1_000_000

const hub = useExchange(useDatabase(), { env: { YMT_RECORDS_DEADLINE_MS: '8000' } })
const person = () => hub.people[0] as (typeof hub.people)[number]
let server: Server
let base = ''
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end()
/** Addresses that were asked for, in their order. */
let asked: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url?.startsWith('/fhir/Patient') === true) sendJson(response, searchset([patient()]))
    else answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  base = `http://127.0.0.1:${address.port}/fhir`
  await register({ kind: 'none' })
})
afterEach(() => {
  asked = []
  // Past the breaker's rest.
  hub.deps.clock.advance(20_000)
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise<void>((done) => server.close(() => done()))
})

async function register(auth: { kind: 'none' } | { kind: 'backend-services'; clientId: string }): Promise<void> {
  await registerHospital(hub.deps, CODE, { baseUrl: base, auth, maxBytes: MAX_BYTES }, 'test')
  await hub.exchange.refresh()
}

const patient = () => ({ resourceType: 'Patient', id: 'p', identifier: [{ system: SYSTEM, value: person().idNumber }] })
const report = (id: string) => ({
  resourceType: 'DiagnosticReport',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/p' },
  effectiveDateTime: '2026-11-01',
})
const searchset = (resources: readonly object[], more: object = {}) =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'searchset',
    ...more,
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  })
function sendJson(response: ServerResponse, text: string | Buffer, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/fhir+json', ...headers }).end(text)
}
const search = (requestId = 'hostile', more = '') =>
  hub.search(`DiagnosticReport?patient=${person().personId}&_count=200${more}`, { 'x-request-id': requestId })
const audited = async (requestId: string) =>
  (
    await hub.deps.db
      .selectFrom('audit_event')
      .select('target_id')
      .where('request_id', '=', requestId)
      .where('action', 'like', 'records.%')
      .execute()
  ).map((row) => row.target_id)
const ofOthers = (matches: readonly { [name: string]: unknown }[]) =>
  matches.filter((one) => !JSON.stringify(one['meta']).includes(CODE)).length

describe('an answer that is nested 20,000 deep', () => {
  const deep = (at: 'note' | 'other') => {
    const text = searchset([report('r')])
    const nest = `${'['.repeat(20_000)}6.30${']'.repeat(20_000)}`
    return at === 'note'
      ? text.replace('"status"', `"note":${nest},"status"`)
      : text.replace('"type"', `"x":${nest},"type"`)
  }

  it.each(['note', 'other'] as const)(
    'in %s is that hospital’s failure; the others arrive and the read is audited',
    async (at) => {
      answer = (_request, response) => sendJson(response, deep(at))
      const found = await search(`deep-${at}`)
      expect(found.status).toBe(200)
      expect(found.outcomes).toEqual({ [CODE]: 'error/structure' })
      expect(ofOthers(found.matches)).toBeGreaterThan(0)
      expect(new Set(await audited(`deep-${at}`))).toEqual(new Set([...CODES, CODE, null]))
    },
  )

  it('opens the breaker when it comes again and again', async () => {
    answer = (_request, response) => sendJson(response, searchset([report('r')]))
    expect((await search()).outcomes).toEqual({})
    answer = (_request, response) => sendJson(response, deep('note'))
    for (let i = 0; i < 5; i++) expect((await search()).outcomes[CODE]).toBe('error/structure')
    expect((await search()).outcomes[CODE]).toBe('error/throttled')
  })
})

describe('further pages', () => {
  const page = (id: string, next: string, total = 900) =>
    searchset([report(id)], { total, link: [{ relation: 'next', url: next }] })

  it('without end are read up to a bound, and the total counts only what was found', async () => {
    let served = 0
    answer = (_request, response) => sendJson(response, page(`r${++served}`, `${base}/DiagnosticReport?page=${served}`))
    const found = await search()
    expect(served).toBe(20)
    expect(found.outcomes).toEqual({ [CODE]: 'warning/incomplete' })
    expect(found.total).toBe(found.matches.length)
    expect(found.matches.length - ofOthers(found.matches)).toBe(20)
  })

  it('that lead back to an earlier one are not read again', async () => {
    answer = (_request, response) => sendJson(response, page(`r${asked.length}`, `${base}/DiagnosticReport?page=1`))
    const found = await search()
    expect(asked.filter((url) => url.includes('page=1'))).toHaveLength(1)
    expect(found.outcomes).toEqual({ [CODE]: 'warning/structure' })
    expect(found.total).toBe(found.matches.length)
  })

  it('that fail leave nothing of the claimed total', async () => {
    answer = (request, response) => {
      if (request.url?.includes('page') === true) response.writeHead(500).end('{}')
      else sendJson(response, searchset([], { total: 900, link: [{ relation: 'next', url: `${base}/X?page=1` }] }))
    }
    const found = await search()
    expect(found.outcomes).toEqual({ [CODE]: 'error/exception' })
    expect(found.total).toBe(found.matches.length)
  })
})

describe('a compressed body', () => {
  // Small as it is sent, five times the cap when unfolded, and a valid answer.
  const bomb = () => `${searchset([report('r')]).slice(0, -1)},"x":"${'0'.repeat(5 * MAX_BYTES)}"}`

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['identity, gzip', gzipSync],
  ] as const)('in %s does not pass the byte cap', async (encoding, compress) => {
    const body = compress(bomb())
    expect(body.byteLength).toBeLessThan(MAX_BYTES / 10)
    answer = (_request, response) => sendJson(response, body, { 'content-encoding': encoding })
    const found = await search()
    expect(found.outcomes).toEqual({ [CODE]: 'error/structure' })
    expect(found.matches.length).toBe(ofOthers(found.matches))
  })

  it('of the same size sent in clear is refused for its length', async () => {
    answer = (_request, response) => sendJson(response, bomb())
    expect((await search()).outcomes).toEqual({ [CODE]: 'error/too-long' })
  })
})

describe('what cannot be dealt with on our own side', () => {
  it('a signing key that does not open fails that hospital only', async () => {
    await register({ kind: 'backend-services', clientId: 'yimatong' })
    await sql`update records_hospital set private_key_encrypted = '\\x00', token_url = ${`${base}/token`}, change_no = change_no + 1000
      where institution = ${CODE}`.execute(hub.deps.db)
    await sql`update records_change set change_no = change_no + 1000`.execute(hub.deps.db)
    await hub.exchange.refresh()
    const found = await search('unsigned')
    expect(found.status).toBe(200)
    expect(found.outcomes).toEqual({ [CODE]: 'error/exception' })
    expect(ofOthers(found.matches)).toBeGreaterThan(0)
    expect(found.text).toContain('could not sign')
    expect(asked).toEqual([])
    expect(await audited('unsigned')).toContain(CODE)
    await register({ kind: 'none' })
  })

  it('a registry row that cannot be used fails that hospital only', async () => {
    await sql`update records_hospital set identifier_systems = 'null', change_no = change_no + 1000
      where institution = ${CODE}`.execute(hub.deps.db)
    await sql`update records_change set change_no = change_no + 1000`.execute(hub.deps.db)
    await hub.exchange.refresh()
    const found = await search('unusable')
    expect(found.status).toBe(200)
    expect(found.outcomes).toEqual({ [CODE]: 'error/exception' })
    expect(ofOthers(found.matches)).toBeGreaterThan(0)
    expect(await audited('unusable')).toContain(CODE)
    await register({ kind: 'none' })
  })
})

describe('the parameter _format', () => {
  it.each(['json', 'application/json', 'application/fhir%2Bjson', 'application/fhir+json'])(
    '%s is served and not passed on',
    async (format) => {
      answer = (request, response) => {
        let form = ''
        request.on('data', (chunk: Buffer) => {
          form += chunk.toString()
        })
        request.on('end', () => sendJson(response, searchset(form.includes('_format') ? [] : [report('r')])))
      }
      const found = await search('format', `&_format=${format}`)
      expect(found.status).toBe(200)
      expect(found.matches.length - ofOthers(found.matches)).toBe(1)
    },
  )

  it.each(['xml', 'application/fhir%2Bxml', 'text/turtle', ''])('“%s” is refused', async (format) => {
    const found = await search('format', `&_format=${format}`)
    expect(found.status).toBe(400)
    expect(found.text).toContain('OperationOutcome')
  })
})
