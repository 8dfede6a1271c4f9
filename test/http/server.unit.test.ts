import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, open } from '../../src/http/access.ts'
import { FHIR_JSON, useOutcomes } from '../../src/http/fhir-outcome.ts'
import { defineErrors } from '../../src/kernel/errors.ts'
import { bareServer } from '../support/bare-server.ts'

const shopError = defineErrors('shop', {
  gone: { status: 410, title: 'Sold out', titleZh: '已售罄' },
  busy: { status: 503, title: 'Busy', titleZh: '繁忙', retryable: true },
})

let server: Awaited<ReturnType<typeof bareServer>>
let auth: { authorization: string }

beforeAll(async () => {
  server = await bareServer({ YMT_BODY_LIMIT_BYTES: '4096' })
  const { app } = server
  const Item = Type.Object(
    {
      name: Type.String({ maxLength: 20 }),
      count: Type.Integer(),
      tags: Type.Optional(Type.Array(Type.String(), { maxItems: 3 })),
    },
    { additionalProperties: false },
  )
  app.post(
    '/shop',
    {
      config: allow('shop.write', ['hospital']),
      schema: { body: Item, response: { 200: Type.Object({ name: Type.String() }) } },
    },
    async (request) => ({
      name: request.body.name,
      secret: 'must not leave',
    }),
  )
  app.get(
    '/shop',
    {
      config: allow('shop.read', ['hospital']),
      schema: {
        querystring: Type.Object(
          { limit: Type.Optional(Type.Integer({ maximum: 100 })) },
          { additionalProperties: false },
        ),
      },
    },
    async (request) => ({ limit: request.query.limit ?? null }),
  )
  app.post('/keyed', { config: allow('shop.write', ['hospital'], 'key') }, async () => ({ ok: true }))
  app.get('/open', { config: open() }, async () => ({ ok: true }))
  app.get('/gone', { config: open() }, async () => {
    throw shopError('gone', { detail: 'The last one went today.', meta: { since: '2026-11-24' } })
  })
  app.get('/busy', { config: open() }, async () => {
    throw shopError('busy', { detail: 'Try in a second.', retryAfter: 1 })
  })
  app.get('/crash', { config: open() }, async () => {
    throw new Error('connection to 10.0.0.7 failed for 510104190001019995')
  })
  await app.register(
    async (fhir) => {
      useOutcomes(fhir)
      fhir.get('/crash', { config: open() }, async () => {
        throw new Error('secret detail')
      })
      fhir.get('/gone', { config: open() }, async () => {
        throw shopError('gone', { detail: 'No more.' })
      })
      fhir.get(
        '/Patient',
        {
          config: open(),
          schema: { querystring: Type.Object({ _count: Type.Integer() }, { additionalProperties: false }) },
        },
        async (_request, reply) => reply.type(FHIR_JSON).send('{}'),
      )
      fhir.get('/secret', { config: allow('shop.read', ['hospital']) }, async () => ({}))
    },
    { prefix: '/fhir' },
  )
  await app.ready()
  auth = { authorization: `Bearer ${await server.token()}` }
})

afterAll(() => server.app.close())

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  server.app.inject({ method: 'POST', url: '/shop', headers: { ...auth, ...headers }, payload: payload as object })

describe('access', () => {
  it('asks for a token and says where to get one', async () => {
    const reply = await server.app.inject({ url: '/shop' })
    expect(reply.statusCode).toBe(401)
    expect(reply.headers['www-authenticate']).toBe('Bearer')
    expect(reply.json()).toMatchObject({ code: 'auth.token-missing' })
    expect(reply.json().detail).toContain('/oauth/token')
  })

  it.each([
    ['another issuer', { iss: 'https://evil.example' }, 'auth.token-invalid'],
    ['another audience', { aud: 'https://other.example' }, 'auth.token-invalid'],
    ['an unknown key', { kid: 'k2' }, 'auth.token-invalid'],
    ['the public key used as an HMAC secret', { alg: 'HS256' }, 'auth.token-invalid'],
    ['a role that does not exist', { role: 'king' }, 'auth.token-invalid'],
    ['an end in the past', { ttl: -60 }, 'auth.token-expired'],
  ])('refuses a token with %s', async (_what, claims, code) => {
    const reply = await server.app.inject({
      url: '/shop',
      headers: { authorization: `Bearer ${await server.token(claims)}` },
    })
    expect(reply.statusCode).toBe(401)
    expect(reply.json().code).toBe(code)
  })

  it('refuses an unsigned token and garbage', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const unsigned = `${part({ alg: 'none', kid: 'k1' })}.${part({ sub: 'client-1', role: 'hospital', scope: 'shop.read' })}.`
    for (const bearer of [unsigned, 'x.y.z', 'garbage', '']) {
      const reply = await server.app.inject({ url: '/shop', headers: { authorization: `Bearer ${bearer}` } })
      expect(reply.statusCode).toBe(401)
    }
  })

  it('refuses the wrong role and the missing scope, and names them', async () => {
    const as = async (claims: object) =>
      (
        await server.app.inject({ url: '/shop', headers: { authorization: `Bearer ${await server.token(claims)}` } })
      ).json()
    expect(await as({ role: 'cdc' })).toMatchObject({ status: 403, code: 'auth.role-not-served' })
    expect(await as({ scope: 'other' })).toMatchObject({
      status: 403,
      code: 'auth.scope-missing',
      detail: 'The scope shop.read is needed.',
    })
  })

  it('asks a keyed route for its key before anything else of the request', async () => {
    const reply = await server.app.inject({ method: 'POST', url: '/keyed', headers: auth, payload: {} })
    expect(reply.json()).toMatchObject({
      status: 400,
      code: 'request.key-missing',
      errors: [{ pointer: 'headers/idempotency-key', detail: 'is required' }],
    })
    const bad = await server.app.inject({
      method: 'POST',
      url: '/keyed',
      headers: { ...auth, 'idempotency-key': 'x'.repeat(129) },
      payload: {},
    })
    expect(bad.statusCode).toBe(400)
    const personal = await server.app.inject({
      method: 'POST',
      url: '/keyed',
      headers: { ...auth, 'idempotency-key': 'visit-510104190001019995' },
      payload: {},
    })
    expect(personal.json().errors[0].detail).toContain('looks like an identity')
  })

  it('will not be built with a route that does not say who may call it', async () => {
    const { app } = await bareServer()
    expect(() => app.get('/who', async () => ({}))).toThrow('does not say who may call it')
    expect(() => app.post('/what', { config: { access: 'public' } }, async () => ({}))).toThrow('what a repeat does')
    await app.close()
  })
})

describe('bodies', () => {
  it.each([
    ['a string where a number belongs', { name: 'a', count: '1' }, '/count'],
    ['an unknown field', { name: 'a', count: 1, colour: 'red' }, '/colour'],
    ['a missing field', { name: 'a' }, '/count'],
    ['too long a text', { name: 'a'.repeat(21), count: 1 }, '/name'],
    ['too many items', { name: 'a', count: 1, tags: ['a', 'b', 'c', 'd'] }, '/tags'],
  ])('with %s are refused, naming the field', async (_what, body, pointer) => {
    const reply = await post(body)
    expect(reply.statusCode).toBe(400)
    expect(reply.headers['content-type']).toContain('application/problem+json')
    expect(reply.json().errors[0].pointer).toBe(pointer)
  })

  it('never echo the refused value', async () => {
    expect((await post({ name: 'a', count: '510104190001019995' })).body).not.toContain('510104190001019995')
  })

  it('lose what the response schema does not know', async () => {
    expect((await post({ name: 'a', count: 1 })).json()).toEqual({ name: 'a' })
  })

  it('are refused when too large, too deep, not JSON, or of another type', async () => {
    expect((await post({ name: 'a'.repeat(5000), count: 1 })).json()).toMatchObject({
      status: 413,
      code: 'request.too-large',
    })
    const raw = (payload: string, type = 'application/json') =>
      server.app.inject({ method: 'POST', url: '/shop', headers: { ...auth, 'content-type': type }, payload })
    expect((await raw(`${'['.repeat(50)}${']'.repeat(50)}`)).json()).toMatchObject({ code: 'request.too-deep' })
    expect((await raw('{"name":')).json()).toMatchObject({ status: 400, code: 'request.invalid' })
    expect((await raw('{"__proto__":{"x":1},"name":"a","count":1}')).statusCode).toBe(400)
    expect((await raw('<a/>', 'text/xml')).json()).toMatchObject({ status: 415 })
  })

  it('of queries are coerced, and unknown parameters refused', async () => {
    expect((await server.app.inject({ url: '/shop?limit=3', headers: auth })).json()).toEqual({ limit: 3 })
    const reply = await server.app.inject({ url: '/shop?limt=3', headers: auth })
    expect(reply.json()).toMatchObject({ status: 400, errors: [{ pointer: 'querystring/limt' }] })
  })
})

describe('failures', () => {
  it('carry code, both titles, instance and extra members', async () => {
    const reply = await server.app.inject({ url: '/gone', headers: { 'x-request-id': 'req-12345678' } })
    expect(reply.json()).toEqual({
      type: 'urn:yimatong:problem:shop.gone',
      title: 'Sold out',
      titleZh: '已售罄',
      status: 410,
      detail: 'The last one went today.',
      instance: 'urn:yimatong:request:req-12345678',
      code: 'shop.gone',
      retryable: false,
      since: '2026-11-24',
    })
    expect(reply.headers['x-request-id']).toBe('req-12345678')
  })

  it('say when to come back', async () => {
    const reply = await server.app.inject({ url: '/busy' })
    expect(reply.statusCode).toBe(503)
    expect(reply.headers['retry-after']).toBe('1')
    expect(reply.json()).toMatchObject({ retryable: true, detail: 'Try in a second.' })
  })

  it('of ours show nothing of the inside, and log no personal data', async () => {
    const reply = await server.app.inject({ url: '/crash' })
    expect(reply.statusCode).toBe(500)
    expect(reply.body).not.toContain('10.0.0.7')
    expect(server.logLines()).toContain('connection to 10.0.0.7')
    expect(server.logLines()).not.toContain('510104190001019995')
  })

  it('at an unknown address are problems too', async () => {
    expect((await server.app.inject({ url: '/nowhere' })).json()).toMatchObject({ code: 'request.not-found' })
  })

  it('under /fhir, and only there, are OperationOutcomes', async () => {
    const cases = [
      ['/fhir/gone', 410, 'deleted'],
      ['/fhir/crash', 500, 'exception'],
      ['/fhir/nothing', 404, 'not-found'],
      ['/fhir/Patient?_count=x', 400, 'invalid'],
      ['/fhir/secret', 401, 'login'],
    ] as const
    for (const [url, status, code] of cases) {
      const reply = await server.app.inject({ url })
      expect(reply.statusCode, url).toBe(status)
      expect(reply.headers['content-type'], url).toContain('application/fhir+json')
      expect(reply.json(), url).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code }],
      })
      expect(reply.body).not.toContain('secret detail')
    }
  })
})

describe('every answer', () => {
  it('carries security headers and is not stored', async () => {
    const { headers } = await server.app.inject({ url: '/open' })
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('has a fresh request id where the given one is not well formed', async () => {
    for (const given of ['a b\nc', 'short', '510104190001019995', 'x'.repeat(65)]) {
      const { headers } = await server.app.inject({ url: '/open', headers: { 'x-request-id': given } })
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it('leaves one log line with the route template and no query', async () => {
    await server.app.inject({ url: '/shop?limit=77', headers: auth })
    const line = server
      .logLines()
      .split('\n')
      .findLast((one) => one.includes('"route":"/shop"'))
    expect(line).toContain('"client":"client-1"')
    expect(line).not.toContain('77"')
  })

  it('is limited per client', async () => {
    const small = await bareServer({ YMT_RATE_PER_MINUTE: '3' })
    small.app.get('/open', { config: open() }, async () => ({ ok: true }))
    const codes: number[] = []
    for (let n = 0; n < 5; n++) codes.push((await small.app.inject({ url: '/open' })).statusCode)
    expect(codes).toEqual([200, 200, 200, 429, 429])
    const reply = await small.app.inject({ url: '/open' })
    expect(reply.json()).toMatchObject({ code: 'request.rate-limited', retryable: true })
    await small.app.close()
  })
})

describe('the API reference', () => {
  it('is a page that needs nothing from outside, and a document', async () => {
    const page = await server.app.inject({ url: '/docs/' })
    expect(page.statusCode).toBe(200)
    expect(page.body).not.toMatch(/(src|href)="https?:/)
    const document = (await server.app.inject({ url: '/docs/json' })).json()
    expect(document.openapi).toBe('3.1.0')
    expect(document.paths['/shop'].post.security).toBeUndefined()
    expect(document.paths['/open'].get.security).toEqual([])
  })
})
