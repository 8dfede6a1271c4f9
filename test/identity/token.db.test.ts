import { createHmac, createPublicKey } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { registerClient, resumeClient, suspendClient } from '../../src/identity/index.ts'
import { useDatabase } from '../support/database.ts'
import { type Alg, ask, type ClientKey, makeKey, partOf, probe, sign, useIdentityApp } from './support.ts'

const database = useDatabase()
const hub = useIdentityApp(database)
const HOSPITAL = { role: 'hospital', institution: 'H51060300001', city: '510600' } as const

let key: ClientKey

beforeAll(async () => {
  key = await makeKey()
  await registerClient(hub.deps, { clientId: 'his', ...HOSPITAL, jwks: { keys: [key.publicJwk] } })
  await hub.keys.refresh()
})

describe('a good assertion', () => {
  it.each<Alg>(['ES256', 'ES384', 'RS384', 'EdDSA'])('signed with %s gets a token that opens a route', async (alg) => {
    const own = await makeKey(alg)
    const clientId = `his-${alg.toLowerCase()}`
    await registerClient(hub.deps, { clientId, ...HOSPITAL, jwks: { keys: [own.publicJwk] } })
    await hub.keys.refresh()

    const { status, headers, body } = await ask(hub, await sign(hub, clientId, own))

    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 300 } })
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
    expect(await probe(hub, body['access_token'] as string)).toEqual({ status: 200, client: clientId })
  })

  it('gives a token of five minutes that says who the client is and whom it acts for', async () => {
    const { body } = await ask(hub, await sign(hub, 'his', key), { scope: 'cards.verify settlement.write' })
    const token = body['access_token'] as string
    const nowS = hub.deps.clock.now().getTime() / 1000
    expect(partOf(token, 0)).toEqual({ alg: 'ES256', kid: hub.keys.signing().kid, typ: 'at+jwt' })
    expect(partOf(token, 1)).toMatchObject({
      iss: 'https://hub.example',
      aud: 'https://hub.example',
      sub: 'his',
      role: 'hospital',
      inst: 'H51060300001',
      city: '510600',
      scope: 'cards.verify settlement.write',
      iat: nowS,
      exp: nowS + 300,
    })
    expect(body['scope']).toBe('cards.verify settlement.write')
  })

  it('without a scope gets all that the client was granted', async () => {
    const own = await makeKey()
    await registerClient(hub.deps, {
      clientId: 'his-narrow',
      ...HOSPITAL,
      scopes: ['cards.verify', 'people.read'],
      jwks: { keys: [own.publicJwk] },
    })
    const { body } = await ask(hub, await sign(hub, 'his-narrow', own), { scope: '' })
    expect(body['scope']).toBe('cards.verify people.read')
  })

  it('may come with parameters that this server does not know', async () => {
    const { status } = await ask(hub, await sign(hub, 'his', key), { resource: 'https://elsewhere.example' })
    expect(status).toBe(200)
  })
})

const UNPROVEN = {
  error: 'invalid_client',
  error_description: 'the assertion is not signed with a registered key of a registered client',
}

describe('an assertion is refused with invalid_client', () => {
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    [
      'for another audience',
      { aud: 'https://other.example/oauth/token' },
      /aud must be https:\/\/hub\.example\/oauth\/token/,
    ],
    [
      'for a second audience as well',
      { aud: ['https://hub.example/oauth/token', 'https://other.example'] },
      /nothing else/,
    ],
    ['that has expired', { exp: 1772413190 }, /exp lies 10 s in the past/],
    ['that lives too long', { exp: 1772413200 + 306 }, /exp lies 306 s ahead, more than 300 s/],
    ['without exp', { exp: undefined }, /exp is required/],
    ['that begins later', { nbf: 1772413200 + 60 }, /nbf lies in the future/],
    ['from the future', { iat: 1772413200 + 60 }, /iat lies in the future/],
    ['without jti', { jti: undefined }, /jti is required/],
    ['with another issuer', { iss: 'somebody' }, /iss and sub must both be the client id/],
    ['without a subject', { sub: undefined }, /iss and sub must both be the client id/],
    ['of an unknown client', { iss: 'nobody', sub: 'nobody' }, /not signed with a registered key/],
  ]
  it.each(cases)('%s', async (_name, claims, reason) => {
    const { status, body, headers } = await ask(hub, await sign(hub, 'his', key, { claims }))
    expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' })
    expect(body['error_description']).toMatch(reason)
    expect(headers['cache-control']).toBe('no-store')
  })

  it('that was used before', async () => {
    const assertion = await sign(hub, 'his', key)
    expect((await ask(hub, assertion)).status).toBe(200)
    const again = await ask(hub, assertion)
    expect(again).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(again.body['error_description']).toMatch(/jti was used before/)
  })

  it('also when one assertion comes twenty times at once: one request wins', async () => {
    const assertion = await sign(hub, 'his', key)
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask(hub, assertion)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ body }) => body['error'] === 'invalid_client')).toHaveLength(19)
  })

  it('with the same jti, even under a new signature and a later exp', async () => {
    const claims = { jti: 'counted-1' }
    expect((await ask(hub, await sign(hub, 'his', key, { claims }))).status).toBe(200)
    const exp = hub.deps.clock.now().getTime() / 1000 + 200
    expect((await ask(hub, await sign(hub, 'his', key, { claims: { ...claims, exp } }))).status).toBe(401)
  })

  it('while another client may use the same jti', async () => {
    const own = await makeKey()
    await registerClient(hub.deps, { clientId: 'his-other', ...HOSPITAL, jwks: { keys: [own.publicJwk] } })
    const claims = { jti: 'counted-2' }
    expect((await ask(hub, await sign(hub, 'his', key, { claims }))).status).toBe(200)
    expect((await ask(hub, await sign(hub, 'his-other', own, { claims }))).status).toBe(200)
  })

  it('signed with a key that the client never registered', async () => {
    const stranger = await makeKey()
    const unknown = await ask(hub, await sign(hub, 'his', stranger))
    expect(unknown.body).toEqual(UNPROVEN)
    const borrowed = await ask(hub, await sign(hub, 'his', stranger, { header: { kid: key.privateJwk.kid } }))
    expect(borrowed.body).toEqual(UNPROVEN)
  })

  it('in one and the same way whatever clients and keys there are, to whom has no key; the log has the reason', async () => {
    const stranger = await makeKey()
    const own = await makeKey()
    await registerClient(hub.deps, { clientId: 'his-quiet', ...HOSPITAL, jwks: { keys: [own.publicJwk] } })
    await suspendClient(hub.deps, 'his-quiet')
    const before = hub.lines.length
    for (const clientId of ['nobody-here', 'his-quiet', 'his', '510104190001019995']) {
      const headers = [{}, { kid: own.privateJwk.kid }, { kid: key.privateJwk.kid }]
      for (const header of headers) {
        const reply = await ask(hub, await sign(hub, clientId, stranger, { header }))
        expect({ status: reply.status, body: reply.body }).toEqual({ status: 401, body: UNPROVEN })
      }
    }
    const log = hub.lines.slice(before).join('')
    expect(log).toMatch(/"client":"nobody-here","reason":"no client with this id is registered"/)
    expect(log).toMatch(/"client":"his","reason":"kid names no registered key of this client"/)
    expect(log).toMatch(/"client":"his","reason":"the signature does not fit the key that kid names"/)
    expect(log).not.toContain('510104190001019995')
  })

  it('without a kid', async () => {
    const { body } = await ask(hub, await sign(hub, 'his', key, { header: { kid: undefined } }))
    expect(body).toMatchObject({
      error: 'invalid_client',
      error_description: 'kid is required in the header of the assertion',
    })
  })

  it('with alg none, signed or not', async () => {
    const [, payload, signature] = (await sign(hub, 'his', key)).split('.')
    const header = encode({ alg: 'none', kid: key.privateJwk.kid })
    for (const forged of [`${header}.${payload}.`, `${header}.${payload}.${signature}`]) {
      const { status, body } = await ask(hub, forged)
      expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' })
    }
  })

  it('with HS256 and the public key as the secret', async () => {
    const [, payload] = (await sign(hub, 'his', key)).split('.')
    const head = `${encode({ alg: 'HS256', kid: key.privateJwk.kid })}.${payload}`
    const pem = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
    const { status, body } = await ask(hub, `${head}.${createHmac('sha256', pem).update(head).digest('base64url')}`)
    expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' })
    expect(body['error_description']).toBe('alg must be one of ES256, ES384, EdDSA, RS384')
  })

  it('with an allowed algorithm that is not that of the key', async () => {
    const [, payload, signature] = (await sign(hub, 'his', key)).split('.')
    const { body } = await ask(hub, `${encode({ alg: 'RS384', kid: key.privateJwk.kid })}.${payload}.${signature}`)
    expect(body).toEqual(UNPROVEN)
  })

  it('with an algorithm that the rules no longer allow', async () => {
    const own = await makeKey('EdDSA')
    await registerClient(hub.deps, { clientId: 'his-ended', ...HOSPITAL, jwks: { keys: [own.publicJwk] } })
    await setEnd('EdDSA', hub.deps.clock.now())
    expect((await ask(hub, await sign(hub, 'his-ended', own))).body).toEqual({
      error: 'invalid_client',
      error_description: 'alg must be one of ES256, ES384, RS384',
    })
    await setEnd('EdDSA', null)
    expect((await ask(hub, await sign(hub, 'his-ended', own))).status).toBe(200)
  })

  it.each(['', 'a.b.c', 'not a token', 'e30.e30.e30'])('that is no JWT: %j', async (text) => {
    expect((await ask(hub, text)).body).toMatchObject({ error: 'invalid_client' })
  })

  it('when client_id names another client', async () => {
    const { body } = await ask(hub, await sign(hub, 'his', key), { client_id: 'his-other' })
    expect(body).toMatchObject({ error: 'invalid_client' })
  })

  it('while the client is suspended, and its tokens that are out end too', async () => {
    const own = await makeKey()
    await registerClient(hub.deps, { clientId: 'his-paused', ...HOSPITAL, jwks: { keys: [own.publicJwk] } })
    await hub.keys.refresh()
    const token = (await ask(hub, await sign(hub, 'his-paused', own))).body['access_token'] as string
    expect((await probe(hub, token)).status).toBe(200)

    await suspendClient(hub.deps, 'his-paused', 'contract ended')
    expect((await ask(hub, await sign(hub, 'his-paused', own))).body).toEqual({
      error: 'invalid_client',
      error_description: 'the client is suspended',
    })
    // Nobody tells this process: it has to notice by itself.
    await expect
      .poll(() => probe(hub, token), { timeout: 1_500, interval: 50 })
      .toEqual({
        status: 401,
        code: 'auth.client-not-admitted',
      })

    await resumeClient(hub.deps, 'his-paused')
    await hub.keys.refresh()
    expect((await probe(hub, token)).status).toBe(200)
  })
})

describe('a scope', () => {
  it('beyond what the client was granted is refused, and the granted ones are named', async () => {
    const own = await makeKey()
    const scopes = ['cards.verify']
    await registerClient(hub.deps, { clientId: 'his-small', ...HOSPITAL, scopes, jwks: { keys: [own.publicJwk] } })
    for (const scope of ['settlement.write', 'cards.verify settlement.write', 'audit.read', 'cards.*']) {
      const { status, body } = await ask(hub, await sign(hub, 'his-small', own), { scope })
      expect({ status, body }).toEqual({
        status: 400,
        body: {
          error: 'invalid_scope',
          error_description: '1 of the scopes asked for are not granted; granted are cards.verify',
        },
      })
    }
  })

  it('that is not in the token keeps a route closed', async () => {
    const { body } = await ask(hub, await sign(hub, 'his', key), { scope: 'people.read' })
    expect(await probe(hub, body['access_token'] as string)).toEqual({ status: 403, code: 'auth.scope-missing' })
  })
})

describe('a token request', () => {
  const post = (payload: string, type = 'application/x-www-form-urlencoded') =>
    hub.app.inject({ method: 'POST', url: '/oauth/token', headers: { 'content-type': type }, payload })

  it('with another grant is refused as unsupported_grant_type', async () => {
    const { status, body } = await ask(hub, await sign(hub, 'his', key), { grant_type: 'password' })
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'unsupported_grant_type' })
  })

  it('with another kind of assertion is refused as invalid_request', async () => {
    const { status, body } = await ask(hub, await sign(hub, 'his', key), { client_assertion_type: 'saml' })
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_request' })
  })

  it('that lacks a parameter, repeats one or is no form is refused as invalid_request', async () => {
    const type = encodeURIComponent('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const lacking = await post(`grant_type=client_credentials&client_assertion_type=${type}`)
    expect([lacking.statusCode, lacking.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'client_assertion is required' },
    ])
    const twice = await post(`grant_type=a&grant_type=b&client_assertion_type=${type}&client_assertion=x`)
    expect([twice.statusCode, twice.json().error]).toEqual([400, 'invalid_request'])
    const json = await post('{"grant_type":"client_credentials"}', 'application/json')
    expect([json.statusCode, json.json().error]).toEqual([400, 'invalid_request'])
  })

  it('never has its assertion in a log line, nor the token', async () => {
    const assertion = await sign(hub, 'his', key)
    const { body } = await ask(hub, assertion)
    await ask(hub, assertion)
    const log = hub.lines.join('')
    expect(log).toContain('/oauth/token')
    expect(log).not.toContain(assertion.split('.')[2])
    expect(log).not.toContain((body['access_token'] as string).split('.')[2])
  })

  it('is answered in OAuth form on this route only', async () => {
    const response = await hub.app.inject({ url: '/probe' })
    expect(response.headers['content-type']).toBe('application/problem+json')
    expect(response.json()).toMatchObject({ code: 'auth.token-missing', status: 401 })
  })
})

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

async function setEnd(alg: string, at: Date | null): Promise<void> {
  await database.db
    .updateTable('identity_assertion_algorithm')
    .set({ effective_to: at })
    .where('alg', '=', alg)
    .execute()
  await hub.keys.refresh()
}
