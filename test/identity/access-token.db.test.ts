import { createHmac, generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AccessGrant, mintAccessToken, registerClient } from '../../src/identity/index.ts'
import { walkAccess } from '../support/access-table.ts'
import { useDatabase } from '../support/database.ts'
import { tokenMinter } from '../support/tokens.ts'
import { ask, type ClientKey, makeKey, PUBLIC_URL, partOf, probe, sign, useIdentityApp } from './support.ts'

const database = useDatabase()
const hub = useIdentityApp(database)
const grant: AccessGrant = {
  issuer: PUBLIC_URL,
  clientId: 'his',
  role: 'hospital',
  institution: 'H51060300001',
  scopes: ['cards.verify'],
}
const mint = (change: Partial<AccessGrant> = {}) => mintAccessToken(hub.keys, { ...grant, ...change }, hub.deps.clock)
let key: ClientKey

beforeAll(async () => {
  key = await makeKey()
  const { clientId, role, institution } = grant
  await registerClient(hub.deps, { clientId, role, institution, jwks: { keys: [key.publicJwk] } })
  await hub.keys.refresh()
})

describe('a protected route', () => {
  it('opens for a token of this service', async () => {
    expect(await probe(hub, await mint())).toEqual({ status: 200, client: 'his' })
  })

  it('stays closed for a token of another issuer, or for another audience', async () => {
    expect(await probe(hub, await mint({ issuer: 'https://other.example' }))).toEqual({
      status: 401,
      code: 'auth.token-invalid',
    })
  })

  it('stays closed for a token signed by another key, whatever kid it names', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    for (const kid of ['foreign', hub.keys.signing().kid]) {
      const token = await mintAccessToken({ signing: () => ({ kid, privatePem }) }, grant, hub.deps.clock)
      expect(await probe(hub, token)).toEqual({ status: 401, code: 'auth.token-invalid' })
    }
  })

  it('stays closed for a changed token, also just after the true one was taken', async () => {
    const token = await mint()
    expect((await probe(hub, token)).status).toBe(200)
    const [header, , signature] = token.split('.')
    const claims = Buffer.from(JSON.stringify({ ...partOf(token, 1), role: 'operator' })).toString('base64url')
    expect(await probe(hub, `${header}.${claims}.${signature}`)).toEqual({ status: 401, code: 'auth.token-invalid' })
  })

  it('stays closed for alg none and for HS256 with the public key as the secret', async () => {
    const token = await mint()
    const { kid } = hub.keys.signing()
    const payload = token.split('.')[1]
    const head = (alg: string) =>
      `${Buffer.from(JSON.stringify({ alg, kid, typ: 'at+jwt' })).toString('base64url')}.${payload}`
    const mac = createHmac('sha256', hub.keys.publicPem(kid) ?? '')
      .update(head('HS256'))
      .digest('base64url')
    for (const forged of [`${head('none')}.`, `${head('HS256')}.${mac}`]) {
      expect(await probe(hub, forged)).toEqual({ status: 401, code: 'auth.token-invalid' })
    }
  })

  it('stays closed for a client assertion in the place of an access token', async () => {
    expect(await probe(hub, await sign(hub, 'his', key))).toEqual({ status: 401, code: 'auth.token-invalid' })
  })

  it('stays closed for a client that was never registered', async () => {
    expect(await probe(hub, await mint({ clientId: 'ghost' }))).toEqual({
      status: 401,
      code: 'auth.client-not-admitted',
    })
  })

  it.each(['', 'Bearer', 'Bearer ', 'Basic aGlzOnNlY3JldA==', 'Bearer a b', 'Bearer a.b.c', 'Bearer e30.e30.e30'])(
    'stays closed for the header %j',
    async (authorization) => {
      const response = await hub.app.inject({ url: '/probe', headers: { authorization } })
      expect(response.statusCode).toBe(401)
      expect(response.headers['www-authenticate']).toMatch(/^Bearer/)
    },
  )

  it('closes five minutes after the token was issued, also when it has been used before', async () => {
    const token = await mint()
    hub.deps.clock.advance(300_000)
    // Within the skew that clocks may show.
    expect((await probe(hub, token)).status).toBe(200)
    hub.deps.clock.advance(5_000)
    expect(await probe(hub, token)).toEqual({ status: 401, code: 'auth.token-expired' })
  })

  it('stays closed for a token from the future', async () => {
    hub.deps.clock.advance(60_000)
    const token = await mint()
    hub.deps.clock.advance(-60_000)
    expect(await probe(hub, token)).toEqual({ status: 401, code: 'auth.token-invalid' })
  })
})

describe('the token endpoint when the database is away', () => {
  it('gives no token: an assertion that cannot be remembered is not accepted', async () => {
    await database.db.schema.alterTable('identity_assertion_jti').renameTo('identity_assertion_jti_away').execute()
    try {
      const reply = await ask(hub, await sign(hub, 'his', key))
      expect(reply).toMatchObject({ status: 500, body: { error: 'server_error' } })
      expect(reply.body).not.toHaveProperty('access_token')
    } finally {
      await database.db.schema.alterTable('identity_assertion_jti_away').renameTo('identity_assertion_jti').execute()
    }
  })
})

describe('the access table', () => {
  it('finds what it expects on every route of this app, for every role', async () => {
    const rows = await walkAccess(hub.app, tokenMinter(hub.deps, hub.keys))
    expect(rows.filter(({ expected, actual }) => expected !== actual)).toEqual([])
    const served = rows.filter(({ route }) => route === 'GET /probe').map(({ role, actual }) => [role, actual])
    expect(Object.fromEntries(served)).toMatchObject({
      'no token': 'token-missing',
      hospital: 'admitted',
      'hospital without the scope': 'scope-missing',
      bureau: 'role-not-served',
    })
  })
})
