import { createPrivateKey } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import {
  type AccessGrant,
  identityPeriodics,
  mintAccessToken,
  openTokenKeys,
  registerClient,
  rotateSigningKey,
} from '../../src/identity/index.ts'
import { parseKeyring } from '../../src/kernel/crypto/index.ts'
import { keyFile } from '../kernel/crypto/keys.ts'
import { useDatabase } from '../support/database.ts'
import { ask, makeKey, PUBLIC_URL, probe, sign, useIdentityApp } from './support.ts'

const database = useDatabase()
const hub = useIdentityApp(database)
const grant: AccessGrant = { issuer: PUBLIC_URL, clientId: 'his', role: 'hospital', scopes: ['cards.verify'] }
const mint = () => mintAccessToken(hub.keys, grant, hub.deps.clock)
const published = async () => {
  const response = await hub.app.inject({ url: '/.well-known/jwks.json' })
  return (response.json() as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
}
const rotateWhenAllowed = async () => {
  hub.deps.clock.advance(120_000)
  const rotation = await rotateSigningKey(hub.deps)
  await hub.keys.refresh()
  if (rotation.outcome !== 'rotated') throw new Error('the next key was published long enough')
  return rotation
}

describe('the signing keys', () => {
  it('begin with one that signs and one that is published for later', async () => {
    expect(await published()).toHaveLength(2)
    expect(await published()).toContain(hub.keys.signing().kid)
  })

  it('are made once by processes that start together', async () => {
    const others = await Promise.all([1, 2, 3].map(() => openTokenKeys(hub.deps)))
    expect(new Set(others.map((keys) => keys.signing().kid))).toEqual(new Set([hub.keys.signing().kid]))
    await Promise.all(others.map((keys) => keys.close()))
    const { rows } = await counts()
    expect(rows).toEqual({ active: 1, next: 1 })
  })

  it('are published without their private parts, and may be cached for a minute', async () => {
    const response = await hub.app.inject({ url: '/.well-known/jwks.json' })
    expect(response.headers['cache-control']).toBe('public, max-age=60')
    for (const key of (response.json() as { keys: object[] }).keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    }
  })

  it('lie encrypted in the database', async () => {
    const key = createPrivateKey(hub.keys.signing().privatePem)
    const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
    // The search can find something: the secret stands in the key as it would be stored in clear.
    expect(key.export({ format: 'der', type: 'pkcs8' }).includes(secret)).toBe(true)

    const { rows } = await sql<{ text: string }>`select k::text as text from identity_signing_key k`.execute(
      database.db,
    )
    expect(rows.length).toBeGreaterThanOrEqual(2)
    for (const { text } of rows) {
      for (const form of [
        secret.toString('hex'),
        secret.toString('base64url'),
        Buffer.from('PRIVATE KEY').toString('hex'),
        '"d"',
      ]) {
        expect(text).not.toContain(form)
      }
    }
  })

  it('are not rotated with another keyring, which would leave nobody able to sign', async () => {
    const before = { published: await published(), counts: (await counts()).rows }
    const keyring = parseKeyring(JSON.stringify(keyFile()))
    await expect(rotateSigningKey({ ...hub.deps, keyring }, { compromised: true })).rejects.toMatchObject({
      code: 'crypto.key-unknown',
    })
    expect({ published: await published(), counts: (await counts()).rows }).toEqual(before)
    const again = await openTokenKeys(hub.deps)
    expect(again.signing()).toEqual(hub.keys.signing())
    await again.close()
  })

  it('are not rotated before the next key has been published for two minutes', async () => {
    const fresh = await rotateWhenAllowed()
    expect(await rotateSigningKey(hub.deps)).toEqual({
      outcome: 'too-early',
      next: fresh.next,
      earliest: new Date(hub.deps.clock.now().getTime() + 120_000),
    })
    hub.deps.clock.advance(119_999)
    expect((await rotateSigningKey(hub.deps)).outcome).toBe('too-early')
    hub.deps.clock.advance(1)
    expect((await rotateSigningKey(hub.deps)).outcome).toBe('rotated')
    await hub.keys.refresh()
  })

  it('change without a token being lost: the new key was published, the old one stays until its tokens have ended', async () => {
    await register()
    const before = await published()
    const old = hub.keys.signing().kid
    hub.deps.clock.advance(120_000)
    const token = await mint()
    const rotation = await rotateSigningKey(hub.deps)
    await hub.keys.refresh()
    if (rotation.outcome !== 'rotated') throw new Error('the next key was published long enough')

    expect(before).toContain(rotation.active)
    expect(rotation.retired).toBe(old)
    expect(hub.keys.signing().kid).toBe(rotation.active)
    expect(await published()).toEqual(expect.arrayContaining([old, rotation.active, rotation.next]))
    expect((await probe(hub, token)).status).toBe(200)
    expect((await probe(hub, await mint())).status).toBe(200)

    hub.deps.clock.advance(299_000)
    expect((await probe(hub, token)).status).toBe(200)
    hub.deps.clock.advance(70_000)
    expect((await probe(hub, token)).code).toMatch(/^auth\.token-/)
    expect(await published()).not.toContain(old)
  })

  it('lose their private half when they retire', async () => {
    const { retired } = await rotateWhenAllowed()
    const row = await database.db
      .selectFrom('identity_signing_key')
      .selectAll()
      .where('kid', '=', retired)
      .executeTakeFirstOrThrow()
    expect({ state: row.state, private: row.private_key }).toEqual({ state: 'retired', private: null })
  })

  it('end at once, with all their tokens, when they are compromised', async () => {
    const token = await mint()
    const old = hub.keys.signing().kid
    expect((await probe(hub, token)).status).toBe(200)
    expect((await rotateSigningKey(hub.deps, { compromised: true })).outcome).toBe('rotated')
    await hub.keys.refresh()
    expect(await published()).not.toContain(old)
    expect(await probe(hub, token)).toEqual({ status: 401, code: 'auth.token-invalid' })
    expect((await probe(hub, await mint())).status).toBe(200)
  })

  it('rotate one at a time, however many ask for it', async () => {
    hub.deps.clock.advance(120_000)
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => rotateSigningKey(hub.deps)))
    expect(outcomes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1)
    await hub.keys.refresh()
    expect((await counts()).rows).toMatchObject({ active: 1, next: 1 })
  })

  it('reach another process within a second, by themselves', async () => {
    const other = await openTokenKeys(hub.deps)
    const { active } = await rotateWhenAllowed()
    await expect.poll(() => other.signing().kid, { timeout: 1_500, interval: 50 }).toBe(active)
    await other.close()
  })

  it('do not open in the row of another key', async () => {
    const { kid } = hub.keys.signing()
    await database.db
      .updateTable('identity_signing_key')
      .set((eb) => ({
        private_key: eb.selectFrom('identity_signing_key').select('private_key').where('state', '=', 'next').limit(1),
      }))
      .where('kid', '=', kid)
      .execute()
    await expect(openTokenKeys(hub.deps)).rejects.toMatchObject({ code: 'crypto.envelope-rejected' })
    await rotateSigningKey(hub.deps, { compromised: true })
    await hub.keys.refresh()
  })
})

describe('upkeep', () => {
  const run = async (name: string) => {
    const task = identityPeriodics(hub.deps).find((one) => one.name === name)
    if (task === undefined) throw new Error(`no task ${name}`)
    await task.run()
  }

  it('forgets used assertions when they are refused for their age anyway, not before', async () => {
    const key = await makeKey()
    await registerClient(hub.deps, {
      clientId: 'his-purge',
      role: 'hospital',
      institution: 'H51060300001',
      jwks: { keys: [key.publicJwk] },
    })
    const assertion = await sign(hub, 'his-purge', key)
    expect((await ask(hub, assertion)).status).toBe(200)
    const used = () =>
      database.db.selectFrom('identity_assertion_jti').select('jti').where('client_id', '=', 'his-purge').execute()

    hub.deps.clock.advance(64_000)
    await run('identity.purge-assertions')
    expect(await used()).toHaveLength(1)
    expect((await ask(hub, assertion)).body['error_description']).toMatch(/jti was used before/)

    hub.deps.clock.advance(700_000)
    await run('identity.purge-assertions')
    expect(await used()).toHaveLength(0)
    expect((await ask(hub, assertion)).body['error_description']).toMatch(/in the past/)
  })

  it('replaces a signing key that is a month old, and leaves a younger one', async () => {
    await rotateWhenAllowed()
    const { kid } = hub.keys.signing()
    hub.deps.clock.advance(29 * 86_400_000)
    await run('identity.rotate-signing-key')
    await hub.keys.refresh()
    expect(hub.keys.signing().kid).toBe(kid)
    hub.deps.clock.advance(86_400_000)
    await run('identity.rotate-signing-key')
    await hub.keys.refresh()
    expect(hub.keys.signing().kid).not.toBe(kid)
  })
})

describe('discovery', () => {
  it.each(['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration'])(
    '%s says how to get a token',
    async (url) => {
      const response = await hub.app.inject({ url })
      expect(response.statusCode).toBe(200)
      expect(response.json()).toMatchObject({
        issuer: PUBLIC_URL,
        token_endpoint: `${PUBLIC_URL}/oauth/token`,
        jwks_uri: `${PUBLIC_URL}/.well-known/jwks.json`,
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ['ES256', 'ES384', 'EdDSA', 'RS384'],
      })
    },
  )
})

async function register(): Promise<void> {
  const { publicJwk } = await makeKey()
  await registerClient(hub.deps, {
    clientId: 'his',
    role: 'hospital',
    institution: 'H51060300001',
    jwks: { keys: [publicJwk] },
  })
  await hub.keys.refresh()
}

async function counts(): Promise<{ rows: Record<string, number> }> {
  const rows = await database.db
    .selectFrom('identity_signing_key')
    .select(['state', (eb) => eb.fn.countAll<bigint>().as('keys')])
    .groupBy('state')
    .execute()
  return { rows: Object.fromEntries(rows.map(({ state, keys }) => [state, Number(keys)])) }
}
