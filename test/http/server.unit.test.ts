import { type AddressInfo, connect } from 'node:net'
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
})

describe('limits', () => {
  const limited = async (env: Record<string, string>) => {
    const small = await bareServer(env)
    small.app.get('/open', { config: open() }, async () => ({ ok: true }))
    small.app.get('/healthz', { config: open() }, async () => ({ ok: true }))
    small.app.post(
      '/shop',
      { config: allow('shop.write', ['hospital']), schema: { body: Type.Object({ name: Type.String() }) } },
      async () => ({ ok: true }),
    )
    return small
  }
  const times = async (count: number, ask: () => Promise<{ statusCode: number }>) => {
    const codes: number[] = []
    for (let n = 0; n < count; n++) codes.push((await ask()).statusCode)
    return codes
  }

  it('hold for each client, before its body is read', async () => {
    const { app, token } = await limited({ YMT_RATE_PER_MINUTE: '2', YMT_BODY_LIMIT_BYTES: '1024' })
    const post = async (subject: string, payload: object) =>
      await app.inject({
        method: 'POST',
        url: '/shop',
        headers: { authorization: `Bearer ${await token({ subject })}` },
        payload,
      })
    expect(await times(4, () => post('a', { name: 'x' }))).toEqual([200, 200, 429, 429])
    const reply = await post('a', { name: 'x'.repeat(2000) })
    expect(reply.json()).toMatchObject({ code: 'request.rate-limited', retryable: true })
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect((await post('b', { name: 'x' })).statusCode).toBe(200)
    // Whoever has no client is not counted as one.
    expect(await times(4, () => app.inject('/open'))).toEqual([200, 200, 200, 200])
    await app.close()
  })

  it.each([
    ['refused tokens', { url: '/shop', method: 'POST' as const, headers: { authorization: 'Bearer x.y.z' } }, 401],
    ['missing tokens', { url: '/shop', method: 'POST' as const }, 401],
    ['unknown addresses', { url: '/nowhere' }, 404],
    ['addresses that cannot be read', { url: '/%zz' }, 400],
    ['the API reference', { url: '/docs/json' }, 200],
  ])('hold for each network address, also for %s', async (_what, request, status) => {
    const { app } = await limited({ YMT_RATE_PER_ADDRESS_MINUTE: '3' })
    expect(await times(5, () => app.inject(request))).toEqual([status, status, status, 429, 429])
    const reply = await app.inject(request)
    expect(reply.json()).toMatchObject({ code: 'request.rate-limited', retryable: true })
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect(reply.headers['x-content-type-options']).toBe('nosniff')
    expect((await app.inject({ ...request, remoteAddress: '10.9.9.9' })).statusCode).toBe(status)
    await app.close()
  })

  it('never hold for the health checks', async () => {
    const { app } = await limited({ YMT_RATE_PER_ADDRESS_MINUTE: '1', YMT_RATE_PER_MINUTE: '1' })
    expect(await times(4, () => app.inject('/healthz'))).toEqual([200, 200, 200, 200])
    expect(await times(2, () => app.inject('/open'))).toEqual([200, 429])
    await app.close()
  })

  it('cannot be escaped by naming another address, unless the proxy in front names it', async () => {
    let n = 0
    const ask = (app: typeof server.app, remoteAddress: string) => () =>
      app.inject({ url: '/open', remoteAddress, headers: { 'x-forwarded-for': `203.0.113.${++n}` } })
    const direct = await limited({ YMT_RATE_PER_ADDRESS_MINUTE: '1' })
    expect(await times(3, ask(direct.app, '198.51.100.1'))).toEqual([200, 429, 429])
    await direct.app.close()
    const proxied = await limited({ YMT_RATE_PER_ADDRESS_MINUTE: '1', YMT_TRUST_PROXY: '10.0.0.0/8' })
    expect(await times(3, ask(proxied.app, '10.1.2.3'))).toEqual([200, 200, 200])
    expect(await times(3, ask(proxied.app, '198.51.100.1'))).toEqual([200, 429, 429])
    await proxied.app.close()
  })
})

describe('what cannot be read', () => {
  /** Sends bytes as they are and gives the whole answer. */
  const raw = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text))
      let answer = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => void (answer += chunk))
      socket.once('error', reject).once('close', () => resolve(answer))
    })
  const secret = '510104190001019995'

  it('as an address is a problem with a request id and all security headers, and is not repeated', async () => {
    const usual = (await server.app.inject('/open')).headers
    const own = Object.keys(usual).filter((name) =>
      /^(content-security|cross-|origin-|referrer|strict|x-(?!ratelimit|request-id)|cache)/.test(name),
    )
    expect(own.length).toBeGreaterThan(3)
    for (const url of [`/${secret}%zz`, `/fhir/${secret}%zz`]) {
      const reply = await server.app.inject({ url, headers: { 'x-request-id': 'req-87654321' } })
      expect(reply.statusCode).toBe(400)
      expect(reply.headers['x-request-id']).toBe('req-87654321')
      for (const name of own) expect(reply.headers[name], name).toBe(usual[name])
      expect(reply.body).not.toContain(secret)
    }
    expect((await server.app.inject('/%zz')).json()).toMatchObject({ code: 'request.invalid', status: 400 })
    expect((await server.app.inject('/%zz')).headers['content-type']).toContain('application/problem+json')
    const fhir = await server.app.inject('/fhir/%zz')
    expect(fhir.headers['content-type']).toContain('application/fhir+json')
    expect(fhir.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'invalid' }] })
    expect(server.logLines()).not.toContain(secret)
  })

  it('has the same headers behind TLS', async () => {
    const secure = await bareServer({ YMT_PUBLIC_URL: 'https://hub.example' })
    secure.app.get('/open', { config: open() }, async () => ({ ok: true }))
    const [usual, early] = [await secure.app.inject('/open'), await secure.app.inject('/%zz')]
    expect(early.headers['strict-transport-security']).toBe(usual.headers['strict-transport-security'])
    expect(early.headers['strict-transport-security']).toContain('max-age=')
    await secure.app.close()
  })

  it('as HTTP, or with headers without end, is a problem too', async () => {
    const { app, logLines } = await bareServer()
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const big = 'x'.repeat(20_000)
    const cases = [
      [`GET /${secret} HTTP/9.9\r\n\r\n`, 400, 'request.invalid'],
      [`GET /${secret} HTTP/1.1\r\nHost: h\r\nX: ${big}\r\n\r\n`, 431, 'request.headers-too-large'],
    ] as const
    for (const [text, status, code] of cases) {
      const [head = '', body = ''] = (await raw(port, text)).split('\r\n\r\n')
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(head).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/)
      expect(head).toContain('x-content-type-options: nosniff')
      expect(head).toContain('content-type: application/problem+json')
      expect(JSON.parse(body)).toMatchObject({ status, code })
      expect(body).not.toContain(secret)
    }
    const fhir = await raw(port, `GET /fhir/Patient HTTP/1.1\r\nHost: h\r\nX: ${big}\r\n\r\n`)
    expect(fhir).toContain('"resourceType":"OperationOutcome"')
    expect(logLines()).toContain('request.headers-too-large')
    expect(logLines()).not.toContain(secret)
    await app.close()
  })
})

describe('the API reference', () => {
  it('is a page that needs nothing from outside, and a document', async () => {
    const page = await server.app.inject({ url: '/docs/' })
    expect(page.statusCode).toBe(200)
    expect(page.body).not.toMatch(/(src|href)="https?:/)
    const policy = page.headers['content-security-policy'] as string
    expect(policy).toContain("script-src 'self';")
    // No other host, and no https where the page came by http.
    expect(policy).not.toMatch(/https?:|\.|upgrade|unsafe/)
    const document = (await server.app.inject({ url: '/docs/json' })).json()
    expect(document.openapi).toBe('3.1.0')
    expect(document.paths['/shop'].post.security).toBeUndefined()
    expect(document.paths['/open'].get.security).toEqual([])
  })
})
