import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asText, issueCode, observation, patient, type RunningHospital, startHospital } from './start-hospital.ts'

const ALGORITHMS = ['ES384', 'RS384', 'ES256'] as const
type Algorithm = (typeof ALGORITHMS)[number]

const pairs = new Map<Algorithm, Awaited<ReturnType<typeof generateKeyPair>>>()
let hospital: RunningHospital
let tokenUrl: string
let serial = 0

beforeAll(async () => {
  for (const algorithm of ALGORITHMS) pairs.set(algorithm, await generateKeyPair(algorithm, { extractable: true }))
  const keys = await Promise.all(
    [...pairs].map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), alg, kid: alg, use: 'sig' })),
  )
  hospital = await startHospital({
    resources: [patient('p1'), observation('o1')],
    auth: {
      clients: [
        { clientId: 'hub', jwks: { keys }, scopes: ['system/*.rs', 'system/Observation.cruds'] },
        { clientId: 'other', jwks: { keys: [] } },
      ],
    },
  })
  tokenUrl = hospital.base.replace('/fhir', '/auth/token')
})
afterAll(async () => hospital.app.close())
beforeEach(() => hospital.clock.advance(1_000))

function claims(more: JWTPayload = {}): JWTPayload {
  const now = Math.floor(hospital.clock.now().getTime() / 1_000)
  return { iss: 'hub', sub: 'hub', aud: tokenUrl, jti: `j${++serial}`, exp: now + 300, ...more }
}

async function sign(payload: JWTPayload, algorithm: Algorithm = 'ES384'): Promise<string> {
  const pair = pairs.get(algorithm)
  if (pair === undefined) throw new Error('no key')
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'JWT' }).sign(pair.privateKey)
}

function requestToken(assertion: string, more: Record<string, string> = {}) {
  return hospital.ask(
    'POST',
    tokenUrl,
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      scope: 'system/*.rs',
      ...more,
    }),
  )
}

async function bearer(scope = 'system/*.rs'): Promise<Record<string, string>> {
  const { body } = await requestToken(await sign(claims()), { scope })
  return { authorization: `Bearer ${asText(body['access_token'])}` }
}

describe('the token endpoint', () => {
  it.each(ALGORITHMS)('gives a token of 300 s for an assertion signed with %s', async (algorithm) => {
    const answer = await requestToken(await sign(claims(), algorithm))
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'system/*.rs' })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const headers = { authorization: `Bearer ${asText(answer.body['access_token'])}` }
    expect((await hospital.ask('GET', '/Patient/p1', undefined, headers)).status).toBe(200)
  })

  it('is announced in both well-known places, without a token', async () => {
    for (const url of [
      `${hospital.base}/.well-known/smart-configuration`,
      new URL('/.well-known/smart-configuration', hospital.base).href,
    ]) {
      const { body } = await hospital.ask('GET', url)
      expect(body['token_endpoint']).toBe(tokenUrl)
    }
    expect((await hospital.ask('GET', '/metadata')).text).toContain(tokenUrl)
  })

  it.each<[string, JWTPayload]>([
    ['another audience', { aud: 'https://elsewhere.example/token' }],
    ['an end that has passed', { exp: 1 }],
    ['an end more than five minutes ahead', { exp: Date.parse('2027-01-01') / 1_000 }],
    ['no end', { exp: undefined as unknown as number }],
    ['no jti', { jti: undefined as unknown as string }],
    ['another subject', { sub: 'other' }],
    ['an unknown client', { iss: 'nobody', sub: 'nobody' }],
    ['the name of a client with other keys', { iss: 'other', sub: 'other' }],
  ])('refuses an assertion with %s', async (_what, wrong) => {
    const answer = await requestToken(await sign(claims(wrong)))
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client'])
  })

  it('refuses 301 seconds and takes 300', async () => {
    const now = Math.floor(hospital.clock.now().getTime() / 1_000)
    expect((await requestToken(await sign(claims({ exp: now + 301 })))).status).toBe(401)
    expect((await requestToken(await sign(claims({ exp: now + 300 })))).status).toBe(200)
  })

  it('takes an assertion once, even when it comes twice at the same moment', async () => {
    const assertion = await sign(claims())
    const answers = await Promise.all([requestToken(assertion), requestToken(assertion), requestToken(assertion)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401])
  })

  it('refuses a signature by another key, an unsigned token, rubbish, and other grants', async () => {
    const stranger = await generateKeyPair('ES384')
    const forged = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES384', kid: 'ES384' })
      .sign(stranger.privateKey)
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const assertion of [forged, `${part({ alg: 'none' })}.${part(claims())}.`, 'rubbish', 'a.b.c']) {
      expect((await requestToken(assertion)).status).toBe(401)
    }
    expect((await requestToken(await sign(claims()), { grant_type: 'password' })).body['error']).toBe(
      'unsupported_grant_type',
    )
    expect((await requestToken(await sign(claims()), { client_assertion_type: 'x' })).status).toBe(401)
  })

  it('grants only scopes that the registration covers', async () => {
    const mixed = await requestToken(await sign(claims()), {
      scope: 'system/Patient.rs system/Patient.cruds user/*.rs',
    })
    expect(mixed.body['scope']).toBe('system/Patient.rs')
    const none = await requestToken(await sign(claims()), { scope: 'system/Patient.cruds' })
    expect([none.status, none.body['error']]).toEqual([400, 'invalid_scope'])
  })
})

describe('the gate', () => {
  it.each([
    ['GET', '/Patient/p1'],
    ['GET', '/Patient?_id=p1'],
    ['POST', '/Patient'],
    ['PUT', '/Patient/p1'],
    ['DELETE', '/Patient/p1'],
    ['POST', ''],
  ])('%s %s without or with a wrong token is 401', async (method, path) => {
    const body = method === 'POST' || method === 'PUT' ? patient('p1') : undefined
    for (const headers of [{}, { authorization: `Bearer ${'A'.repeat(43)}` }, { authorization: 'Basic eDp5' }]) {
      const answer = await hospital.ask(method, path, body, headers)
      expect([answer.status, issueCode(answer)]).toEqual([401, 'login'])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  it('a token ends after 300 s', async () => {
    const headers = await bearer()
    hospital.clock.advance(299_000)
    expect((await hospital.ask('GET', '/Patient/p1', undefined, headers)).status).toBe(200)
    hospital.clock.advance(1_000)
    expect((await hospital.ask('GET', '/Patient/p1', undefined, headers)).status).toBe(401)
  })

  it('a read scope does not write, and a scope of one type does not reach another, not even by _include or bundle', async () => {
    const reader = await bearer('system/*.rs')
    expect(issueCode(await hospital.ask('PUT', '/Observation/o1', observation('o1'), reader))).toBe('forbidden')
    const narrow = await bearer('system/Observation.cruds')
    expect((await hospital.ask('PUT', '/Observation/o1', observation('o1'), narrow)).status).toBe(200)
    expect((await hospital.ask('GET', '/Patient/p1', undefined, narrow)).status).toBe(403)
    expect((await hospital.ask('GET', '/Observation?_include=Observation:subject', undefined, narrow)).status).toBe(403)
    const transaction = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'GET', url: 'Patient/p1' } }],
    }
    expect((await hospital.ask('POST', '', transaction, narrow)).status).toBe(403)
    expect((await hospital.ask('POST', '', transaction, reader)).status).toBe(200)
  })
})
