import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { manualClock } from '../../src/kernel/time.ts'
import { openBudget } from '../../src/records/budget.ts'
import { createGuardedClient } from '../../src/records/guarded-client.ts'
import { createPlaces } from '../../src/records/places.ts'
import { createResponseCache } from '../../src/records/response-cache.ts'
import { createRoom, type Share } from '../../src/records/room.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let asked: Asked[] = []
let answer: (response: ServerResponse, request: IncomingMessage) => void
let atOnce = 0
let mostAtOnce = 0
const server = createServer((request, response) => {
  mostAtOnce = Math.max(mostAtOnce, ++atOnce)
  response.once('close', () => atOnce--)
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text
  })
  request.on('end', () => {
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    answer(response, request)
  })
})
let base = ''
const agents: Agent[] = []

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  base = `http://127.0.0.1:${address.port}/fhir`
})
afterEach(() => {
  asked = []
  mostAtOnce = 0
})
afterAll(async () => {
  await Promise.all(agents.map((one) => one.destroy()))
  server.closeAllConnections()
  await new Promise<void>((done) => server.close(() => done()))
})

function setup(options: { places?: number; roomBytes?: number; baseUrl?: string } = {}) {
  const agent = new Agent({ connections: 8, pipelining: 1 })
  agents.push(agent)
  const clock = manualClock('2026-03-10T02:00:00Z')
  const cache = createResponseCache(clock, { bytes: 100_000, answerBytes: 50_000, ageMs: 60_000 })
  const client = createGuardedClient({
    baseUrl: options.baseUrl ?? base,
    agent,
    tokens: undefined,
    places: createPlaces({ places: options.places ?? 8, waiting: 100 }),
    allPlaces: createPlaces({ places: 100, waiting: 100 }),
    cache,
  })
  const room = createRoom(options.roomBytes ?? 1_000_000_000)
  const ask = async (
    form: Record<string, string[]> = { patient: ['Patient/p'] },
    more: { deadlineMs?: number; maxBytes?: number; share?: Share; type?: string } = {},
  ) => {
    const share = more.share ?? room.openShare()
    const budget = openBudget(more.deadlineMs ?? 3_000, more.maxBytes ?? 10_000_000, undefined, share)
    try {
      const reply = await client.search(more.type ?? 'Observation', form, {
        budget,
        requestId: 'r',
        visited: new Set(),
      })
      return 'failure' in reply ? { failure: reply.failure } : { total: reply.body['total'] }
    } finally {
      budget.close()
      if (more.share === undefined) share.close()
    }
  }
  return { ask, cache, clock, room }
}

const searchset = (total: number, more = '') =>
  `{"resourceType":"Bundle","type":"searchset","total":${total}${more === '' ? '' : `,"x":"${more}"`}}`
const send = (response: ServerResponse, text: string, headers: Record<string, string> = {}, status = 200) =>
  void response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers }).end(text)

describe('where a search goes', () => {
  it('an identifier travels in the body, whatever else is asked for', async () => {
    answer = (response) => send(response, searchset(1))
    const { ask } = setup()
    await ask({ identifier: ['urn:oid:1|51'], _count: ['3'] }, { type: 'Patient' })
    await ask({ patient: ['Patient/p'], identifier: ['urn:x|7'] })
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/fhir/Patient/_search', 'identifier=urn%3Aoid%3A1%7C51&_count=3'],
      ['POST', '/fhir/Observation/_search', 'patient=Patient%2Fp&identifier=urn%3Ax%7C7'],
    ])
  })

  it('a search by the patient of the hospital goes by GET, and by POST where its address would be too long', async () => {
    answer = (response) => send(response, searchset(1))
    const { ask } = setup()
    await ask({ patient: ['Patient/p'], date: ['ge2026-01-01', 'lt2026-02-01'] })
    await ask({ patient: ['Patient/p'], code: ['c'.repeat(3_000)] })
    expect(asked.map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/fhir/Observation?patient=Patient%2Fp&date=ge2026-01-01&date=lt2026-02-01'],
      ['POST', '/fhir/Observation/_search'],
    ])
    expect(asked[0]?.headers).toMatchObject({
      accept: 'application/fhir+json',
      'accept-encoding': 'identity',
      prefer: 'handling=strict',
      'x-request-id': 'r',
    })
  })
})

describe('an answer that did not change', () => {
  const withTag = (response: ServerResponse, request: IncomingMessage): void => {
    if (request.headers['if-none-match'] === '"v1"') void response.writeHead(304, { etag: '"v1"' }).end()
    else send(response, searchset(7), { etag: '"v1"' })
  }

  it('is not sent again, and is confirmed by the hospital each time', async () => {
    answer = withTag
    const { ask } = setup()
    expect([await ask(), await ask(), await ask()]).toEqual([{ total: 7 }, { total: 7 }, { total: 7 }])
    expect(asked.map((one) => one.headers['if-none-match'])).toEqual([undefined, '"v1"', '"v1"'])
  })

  it('is asked for anew by another question, after some minutes, and after it changed', async () => {
    answer = withTag
    const { ask, clock } = setup()
    await ask()
    await ask({ patient: ['Patient/q'] })
    clock.advance(61_000)
    await ask()
    expect(asked.map((one) => one.headers['if-none-match'])).toEqual([undefined, undefined, undefined])
    answer = (response) => send(response, searchset(8), { etag: '"v2"' })
    expect(await ask()).toEqual({ total: 8 })
    await ask()
    expect(asked.at(-1)?.headers['if-none-match']).toBe('"v2"')
  })

  it('is never served where the hospital fails or says something else', async () => {
    answer = withTag
    const { ask, cache } = setup()
    await ask()
    answer = (response) => send(response, '{}', {}, 500)
    expect(await ask()).toMatchObject({ failure: { code: 'exception' } })
    answer = (response) => send(response, 'no FHIR')
    expect(await ask()).toMatchObject({ failure: { code: 'structure' } })
    expect(cache.held()).toBe(0)
    answer = (response) => void response.writeHead(304).end()
    expect(await ask()).toMatchObject({ failure: { code: 'structure' } })
  })

  it.each([
    ['that must not be stored', { etag: '"v1"', 'cache-control': 'private, no-store' }],
    ['without a validator', {}],
    ['whose validator is none', { etag: 'v1' }],
  ])('and one %s is not kept', async (_why, headers) => {
    answer = (response) => send(response, searchset(1), headers as Record<string, string>)
    const { ask, cache } = setup()
    await ask()
    expect(cache.held()).toBe(0)
  })
})

describe('a second attempt', () => {
  const inTurn = (...answers: ((response: ServerResponse) => void)[]): void => {
    let at = 0
    answer = (response) => answers[Math.min(at++, answers.length - 1)]?.(response)
  }

  it.each([502, 503, 504])('saves a search from one %i', async (status) => {
    inTurn(
      (response) => send(response, '{}', {}, status),
      (response) => send(response, searchset(1)),
    )
    expect(await setup().ask()).toEqual({ total: 1 })
    expect(asked).toHaveLength(2)
  })

  it('is the only one', async () => {
    answer = (response) => send(response, '{}', {}, 503)
    expect(await setup().ask()).toMatchObject({ failure: { code: 'exception', status: 503 } })
    expect(asked).toHaveLength(2)
  })

  it('comes when the hospital says, or not at all where that is too late', async () => {
    inTurn(
      (response) => send(response, '{}', { 'retry-after': '1' }, 503),
      (response) => send(response, searchset(1)),
    )
    const began = performance.now()
    expect(await setup().ask()).toEqual({ total: 1 })
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
    asked = []
    answer = (response) => send(response, '{}', { 'retry-after': '30' }, 503)
    expect(await setup().ask()).toMatchObject({ failure: { retryAfterS: 30 } })
    expect(asked).toHaveLength(1)
  })

  it.each([400, 403, 404, 429, 500])('is not made after %i', async (status) => {
    answer = (response) => send(response, '{}', {}, status)
    await setup().ask()
    expect(asked).toHaveLength(1)
  })

  it('reaches a hospital that was just being restarted', async () => {
    const late = createServer((_request, response) => send(response, searchset(3)))
    await new Promise<void>((done) => late.listen(0, '127.0.0.1', done))
    const { port } = late.address() as { port: number }
    await new Promise<void>((done) => late.close(() => done()))
    const asking = setup({ baseUrl: `http://127.0.0.1:${port}/fhir` }).ask()
    await new Promise<void>((done) => late.listen(port, '127.0.0.1', done))
    expect(await asking).toEqual({ total: 3 })
    late.closeAllConnections()
    late.close()
  })
})

describe('bounds', () => {
  it('hold the requests at once to their places, and whoever waits past its deadline is busy, not failed', async () => {
    answer = (response) => void delay(100).then(() => send(response, searchset(1)))
    const { ask } = setup({ places: 2 })
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask(undefined, { deadlineMs: 350 })))
    expect(mostAtOnce).toBe(2)
    expect(replies.filter((one) => 'total' in one).length).toBeGreaterThanOrEqual(4)
    // One that had a moment left when its place came is no timeout of the hospital either.
    const others = replies.filter((one) => !('total' in one))
    expect(others.length).toBeGreaterThanOrEqual(4)
    for (const one of others) expect(one).toMatchObject({ failure: { code: 'throttled', verdict: 'neutral' } })
  })

  it('hold the memory: answers that do not fit wait for their turn, and all of them come', async () => {
    const size = 400_000
    answer = (response) => send(response, searchset(1, 'x'.repeat(size)))
    const { ask, room } = setup({ roomBytes: 1_000_000 })
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, room.used())
    }, 1)
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const share = room.openShare()
        const reply = await ask(undefined, { share, deadlineMs: 10_000 })
        // The answer is held for as long as it is worked on and sent.
        await delay(5)
        share.close()
        return reply
      }),
    )
    clearInterval(watch)
    expect(replies).toEqual(Array.from({ length: 20 }, () => ({ total: 1 })))
    // The one that has held something for longest may pass the bound.
    expect(most).toBeLessThanOrEqual(1_000_000 + size + 1_000)
    expect(room.used()).toBe(0)
  })

  it('hold the bytes of one hospital, whether it announces them or not', async () => {
    const { ask, room } = setup()
    answer = (response) => send(response, searchset(1, 'x'.repeat(200_000)))
    expect(await ask(undefined, { maxBytes: 100_000 })).toMatchObject({ failure: { code: 'too-long' } })
    answer = (response, request) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json' })
      const more = (): void => {
        if (request.socket.destroyed) return
        if (response.write(' '.repeat(16_384))) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    }
    expect(await ask(undefined, { maxBytes: 100_000 })).toMatchObject({ failure: { code: 'too-long' } })
    expect(room.used()).toBe(0)
  })

  it('follow no redirect', async () => {
    answer = (response) => void response.writeHead(302, { location: `${base}/Observation?elsewhere` }).end()
    expect(await setup().ask()).toMatchObject({ failure: { code: 'security' } })
    expect(asked).toHaveLength(1)
  })
})
