import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, freshId, headerOf, MEISHAN, message, useStage, ZIYANG } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

interface Hit {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A receiver of another organisation: notes what comes, and answers as it is told. */
const hits: Hit[] = []
let answer: (hit: Hit) => { readonly status: number; readonly body?: string } = echo
let base = ''
const receiver = createServer((request, reply) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text
  })
  request.on('end', () => {
    const hit = { path: request.url ?? '', headers: request.headers, body }
    hits.push(hit)
    const { status, body: text = '' } = answer(hit)
    reply.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
})
beforeAll(async () => {
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
})
afterAll(() => new Promise<void>((done) => receiver.close(() => done())))

function echo(hit: Hit): { status: number; body?: string } {
  return { status: 200, body: hit.body === '' ? '{}' : JSON.stringify({ challenge: JSON.parse(hit.body).challenge }) }
}

let secret = ''

/** As a receiver checks it, by the specification of Standard Webhooks. */
function isSigned(hit: Hit): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = hit.headers
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const expected = `v1,${createHmac('sha256', key)
    .update(`${String(id)}.${String(at)}.${hit.body}`)
    .digest('base64')}`
  return signature === expected
}

const wish = (personId: string, change: object = {}) => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Follow-up of a patient under treatment',
  criteria: `DiagnosticReport?patient=${personId}`,
  channel: { type: 'rest-hook', endpoint: `${base}/results` },
  ...change,
})

const person = (n: number) => stage.people[n] as { personId: string; idNumber: string }

const notice = (n: number, change: object = {}) =>
  message({
    event: 'result-available',
    patient: { id: 'n', idNumber: person(n).idNumber },
    focus: [{ resourceType: 'DiagnosticReport', id: `r-${n}`, status: 'final', code: { text: 'x' } }],
    ...change,
  })

describe('an address for webhooks', () => {
  test('is registered by the operator; the key of its signatures is shown once', async () => {
    const operator = await stage.as('operator')
    const put = async (body: object) => await stage.ask('PUT', `/routing/destinations/${ZIYANG}`, operator, body)
    const first = await put({ kind: 'hospital', url: base })
    expect(first.body.secret).toMatch(/^whsec_/)
    secret = first.body.secret
    expect((await put({ kind: 'hospital', url: base })).body).not.toHaveProperty('secret')
    const list = await stage.ask('GET', '/routing/destinations', operator)
    expect(list.text).not.toContain(secret.slice(6))
    for (const url of [
      'http://10.0.0.1/hook',
      'ftp://his.example/',
      'https://user:pw@his.example/',
      'http://his.example/x',
    ]) {
      expect((await put({ kind: 'webhook', url })).status, url).toBeGreaterThanOrEqual(400)
    }
  })
})

describe('a subscription', () => {
  let id = ''

  test('is asked for, shakes hands, and is active then', async () => {
    const hospital = await stage.as('hospital', ZIYANG)
    const created = await stage.ask('POST', '/fhir/Subscription', hospital, wish(person(0).personId))
    expect(created.status, created.text).toBe(201)
    id = created.body.id
    expect(created.body.status).toBe('requested')
    const again = await stage.ask('POST', '/fhir/Subscription', hospital, wish(person(0).personId))
    expect([again.status, again.body.id]).toEqual([200, id])
    await stage.deliver()
    const hit = hits.at(-1) as Hit
    expect(hit.path).toBe('/hook/results')
    expect(JSON.parse(hit.body)).toMatchObject({ type: 'handshake' })
    expect(isSigned(hit)).toBe(true)
    const read = await stage.ask('GET', `/fhir/Subscription/${id}`, hospital)
    expect(read.body.status).toBe('active')
    const all = await stage.ask('GET', '/fhir/Subscription', hospital)
    expect(all.body.total).toBe(1)
  })

  test('is told of new results by a signed request without content, once, and the locator learns where they are', async () => {
    const before = hits.length
    expect((await stage.send(CHENGDU, notice(0))).status).toBe(200)
    expect((await stage.send(CHENGDU, notice(1))).status).toBe(200)
    await stage.deliver()
    expect(hits.length).toBe(before + 1)
    const hit = hits.at(-1) as Hit
    expect(hit.body).toBe('')
    expect(hit.headers['x-subscription-id']).toBe(id)
    expect(isSigned(hit)).toBe(true)
    const holdings = await database.db.selectFrom('records_holding').selectAll().execute()
    expect(holdings.map((row) => `${row.person_id} ${row.institution} ${row.resource_type}`)).toEqual(
      expect.arrayContaining([0, 1].map((n) => `${person(n).personId} ${CHENGDU} DiagnosticReport`)),
    )
    expect(holdings).toHaveLength(2)
  })

  test('does not hear what its own institution said', async () => {
    const before = hits.length
    await stage.send(ZIYANG, notice(0))
    await stage.deliver()
    expect(hits.length).toBe(before)
  })

  test('keeps the same id over all attempts, and ends in error when its address keeps failing', async () => {
    answer = () => ({ status: 503 })
    const before = hits.length
    await stage.send(CHENGDU, notice(0))
    await stage.deliver()
    stage.deps.clock.advance(60_000)
    await stage.deliver()
    const [first, second] = hits.slice(before)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    answer = () => ({ status: 410 })
    stage.deps.clock.advance(60_000)
    await stage.deliver()
    answer = echo
    const read = await stage.ask('GET', `/fhir/Subscription/${id}`, await stage.as('hospital', ZIYANG))
    expect(read.body).toMatchObject({ status: 'error', error: 'status-410' })
    const after = hits.length
    await stage.send(CHENGDU, notice(0))
    await stage.deliver()
    expect(hits.length).toBe(after)
  })

  test('of another hospital is neither read nor deleted', async () => {
    const stranger = await stage.as('hospital', DEYANG)
    expect((await stage.ask('GET', `/fhir/Subscription/${id}`, stranger)).status).toBe(404)
    expect((await stage.ask('DELETE', `/fhir/Subscription/${id}`, stranger)).status).toBe(404)
    expect((await stage.ask('GET', '/fhir/Subscription', stranger)).body.total).toBe(0)
  })

  test('is deleted, and what was to be told to it is cancelled', async () => {
    const hospital = await stage.as('hospital', ZIYANG)
    expect((await stage.ask('DELETE', `/fhir/Subscription/${id}`, hospital)).status).toBe(204)
    expect((await stage.ask('GET', `/fhir/Subscription/${id}`, hospital)).status).toBe(404)
    const open = await database.db
      .selectFrom('routing_delivery')
      .select('state')
      .where('destination', '=', id)
      .where('state', 'in', ['queued', 'waiting', 'sending', 'dead'])
      .execute()
    expect(open).toEqual([])
  })

  test('whose address does not answer the handshake never becomes active', async () => {
    answer = () => ({ status: 200, body: '{"challenge":"something else"}' })
    const hospital = await stage.as('hospital', ZIYANG)
    const created = await stage.ask('POST', '/fhir/Subscription', hospital, wish(person(2).personId))
    await stage.deliver()
    answer = echo
    const read = await stage.ask('GET', `/fhir/Subscription/${created.body.id}`, hospital)
    expect(read.body).toMatchObject({ status: 'error', error: 'handshake-not-answered' })
  })

  test('with anything that is not served is refused, each by its element', async () => {
    const hospital = await stage.as('hospital', ZIYANG)
    const { personId } = person(0)
    const bad: [string, object][] = [
      ['Subscription.criteria', { criteria: 'DiagnosticReport' }],
      ['Subscription.criteria', { criteria: `Patient?patient=${personId}` }],
      ['Subscription.criteria', { criteria: `DiagnosticReport?patient=${personId}&code=x` }],
      ['Subscription.criteria', { criteria: 'DiagnosticReport?patient:identifier=510104190001019995' }],
      ['Subscription.status', { status: 'active' }],
      ['Subscription.end', { end: '2036-01-01T00:00:00Z' }],
      ['Subscription.channel.endpoint', { channel: { type: 'rest-hook', endpoint: 'https://elsewhere.example/x' } }],
      ['Subscription.channel.endpoint', { channel: { type: 'rest-hook', endpoint: `${base}er/x` } }],
      ['Subscription.channel.type', { channel: { type: 'email', endpoint: `${base}/x` } }],
      [
        'Subscription.channel.payload',
        { channel: { type: 'rest-hook', endpoint: `${base}/x`, payload: 'application/fhir+json' } },
      ],
    ]
    for (const [expression, change] of bad) {
      const refused = await stage.ask('POST', '/fhir/Subscription', hospital, wish(personId, change))
      expect([refused.status, refused.body.issue[0].expression], refused.text).toEqual([422, [expression]])
      expect(refused.text).not.toContain('510104190001019995')
    }
    const without = await stage.ask('POST', '/fhir/Subscription', await stage.as('hospital', MEISHAN), wish(personId))
    expect(without.status).toBe(422)
  })
})

describe('a destination without a FHIR server', () => {
  test('gets messages by webhook, with the bytes that were sent, signed', async () => {
    const operator = await stage.as('operator')
    const saved = await stage.ask('PUT', '/routing/destinations/P51200200001', operator, {
      kind: 'webhook',
      url: `${base}/pharmacy`,
    })
    expect(saved.status, saved.text).toBe(200)
    secret = saved.body.secret
    const sent = message({ messageId: freshId(), event: 'prescription', to: ['P51200200001'] })
    expect((await stage.send(CHENGDU, sent)).status).toBe(200)
    await stage.deliver()
    const hit = hits.at(-1) as Hit
    expect(hit.path).toBe('/hook/pharmacy')
    expect(hit.body).toBe(JSON.stringify(sent))
    expect(isSigned(hit)).toBe(true)
    expect(hit.headers['content-type']).toContain('application/fhir+json')
  })
})

describe('a notice of results', () => {
  test('without a patient, or without what it is about, is refused', async () => {
    const { entry, ...rest } = notice(0)
    const nobody = await stage.send(CHENGDU, { ...rest, id: freshId(), entry: entry.slice(0, 2) })
    expect(nobody.status, nobody.text).toBe(422)
    const nothing = notice(0)
    delete headerOf(nothing).focus
    expect((await stage.send(CHENGDU, nothing)).status).toBe(422)
  })

  test('of a correction tells whoever used the result', async () => {
    await stage.send(CHENGDU, notice(3, { event: 'result-corrected' }))
    const events = await database.db
      .selectFrom('kernel_outbox')
      .select('payload')
      .where('topic', '=', 'records.result-changed')
      .execute()
    expect(events.map((one) => one.payload)).toEqual([
      { personId: person(3).personId, institution: CHENGDU, resourceType: 'DiagnosticReport', resourceId: 'r-3' },
    ])
  })
})
