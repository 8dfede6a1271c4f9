import { createHash, createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { CityCode } from '../../src/codes/index.ts'
import { openIssuerKeys, revokeKey, rotateKey, seedIssuers } from '../../src/issuers/index.ts'
import { issuersPeriodic } from '../../src/issuers/periodic.ts'
import { needsReencryption, parseKeyring } from '../../src/kernel/crypto/index.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const NOW = '2026-11-24T07:00:00.000Z'
const database = useDatabase()
const api = useApp(database, { now: NOW, seed: (deps) => seedIssuers(deps) })

type Key = Record<string, unknown> & { readonly kid: string; readonly ymt_uses: readonly string[] }
const jwks = async (city: string) => await api.app.inject({ url: `/issuers/${city}/jwks.json` })
const keysOf = async (city: string) => ((await jwks(city)).json() as { keys: Key[] }).keys
const payload = { iss: 'urn:yimatong:510100', jti: 'x' }
const rows = async () =>
  await database.db.selectFrom('issuers_key').select(['kid', 'private_key_encrypted as key']).execute()

/** Checks a token with the published key as anybody could. */
async function checkToken(city: string, token: string): Promise<boolean> {
  const [header = '', body = '', signature = ''] = token.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  const { kty, crv, x, y } = (await keysOf(city)).find((key) => key.kid === kid) as unknown as Record<string, string>
  const key = createPublicKey({ format: 'jwk', key: { kty, crv, x, ...(y === undefined ? {} : { y }) } as never })
  const data = Buffer.from(`${header}.${body}`)
  const bytes = Buffer.from(signature, 'base64url')
  return crv === 'Ed25519'
    ? verify(null, data, key, bytes)
    : verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, bytes)
}

describe('keys of an issuer', () => {
  it('are published without their private part, to anybody', async () => {
    const response = await jwks('511400')
    expect(response.statusCode).toBe(200)
    expect(response.headers['cache-control']).toBe('public, max-age=60')
    const keys = await keysOf('511400')
    expect(new Set(keys.flatMap((key) => key.ymt_uses))).toEqual(
      new Set(['card', 'code', 'status', 'health', 'bundle']),
    )
    for (const key of keys) {
      expect(key.kid).toHaveLength(11)
      expect(Object.keys(key)).not.toContain('d')
    }
    expect((await jwks('110100')).statusCode).toBe(400)
    expect((await api.app.inject({ url: '/issuers' })).json()).toMatchObject({
      issuers: [{ city: '510100', issuer: 'urn:yimatong:510100' }, {}, {}, {}],
    })
  })

  it('have an id of their own that begins their RFC 7638 thumbprint', async () => {
    const key = (await keysOf('511400')).find((one) => one['crv'] === 'P-256') as Key
    // The canonical text, written out here by hand.
    const text = `{"crv":"P-256","kty":"EC","x":"${String(key['x'])}","y":"${String(key['y'])}"}`
    expect(createHash('sha256').update(text).digest('base64url').startsWith(key.kid.slice(0, 10))).toBe(true)
  })

  it('are encrypted at rest', async () => {
    for (const row of await rows()) expect(row.key.toString('latin1')).not.toContain('PRIVATE KEY')
  })

  it.each(['ES256', 'EdDSA'] as const)('sign with %s what the published key verifies', async (alg) => {
    const order = { city: '510100' as const, use: 'card' as const, typ: 'test', payload, alg }
    const { token } = await api.live.issuerKeys.sign(order)
    expect(await checkToken('510100', token)).toBe(true)
  })

  it('come under a new field key, sign on, and need the old one no more', async () => {
    const key = (id: string) => ({ id, alg: 'AES-256-GCM', key: createHash('sha256').update(id).digest('base64url') })
    const { index, field } = api.deps.keyring
    const oldKey = { ...key('unused'), id: field.active.id, key: field.active.key.export().toString('base64url') }
    const indexKey = {
      id: index.active.id,
      alg: index.active.alg,
      key: index.active.key.export().toString('base64url'),
    }
    const ring = (keys: object[], active: string) =>
      parseKeyring(JSON.stringify({ field: { active, keys }, index: { active: indexKey.id, keys: [indexKey] } }))
    const task = (keyring: ReturnType<typeof ring>) =>
      issuersPeriodic({ ...api.deps, keyring }).find((one) => one.name === 'issuers.reencrypt-keys')
    const before = await rows()
    await task(ring([key('card-f2'), oldKey], 'card-f2'))?.run()
    const keys = await openIssuerKeys({ ...api.deps, keyring: ring([key('card-f2')], 'card-f2') })
    try {
      const { token } = await keys.sign({ city: '510100', use: 'code', typ: 'test', payload })
      expect(await checkToken('510100', token)).toBe(true)
      expect((await rows()).length).toBe(before.length)
      // Back under the key of the other tests.
      await task(ring([oldKey, key('card-f2')], oldKey.id))?.run()
      expect(new Set((await rows()).map((row) => needsReencryption(api.deps.keyring, row.key)))).toEqual(
        new Set([false]),
      )
    } finally {
      await keys.close()
    }
  })

  it('keep their object through a read that changes nothing of them', async () => {
    const { issuerKeys } = api.live
    const before = [...(issuerKeys.issuer('urn:yimatong:510600')?.keys.values() ?? [])]
    const kid = await rotateKey(api.deps, { city: '510600', use: 'status' })
    await issuerKeys.refresh()
    const after = issuerKeys.issuer('urn:yimatong:510600')?.keys
    expect(after?.has(kid)).toBe(true)
    for (const key of before) expect(after?.get(key.kid) === key).toBe(!key.uses.has('status'))
  })

  it('are no longer published once they are revoked, and are revoked once', async () => {
    const [old] = await keysOf('512000')
    await revokeKey(api.deps, '512000', old!.kid)
    await api.live.issuerKeys.refresh()
    expect((await keysOf('512000')).some((key) => key.kid === old!.kid)).toBe(false)
    expect(api.live.issuerKeys.issuer('urn:yimatong:512000')?.keys.get(old!.kid)?.revoked).toBe(true)
    await expect(revokeKey(api.deps, '512000', old!.kid)).rejects.toMatchObject({ code: 'issuers.not-found' })
  })

  it('stay as they are when the issuers are set up again', async () => {
    const before = await keysOf('510600')
    await seedIssuers(api.deps)
    await api.live.issuerKeys.refresh()
    expect(await keysOf('510600')).toEqual(before)
  })
})

describe('an issuer that is not set up', () => {
  it('has no keys and signs nothing', async () => {
    const city = '110100' as CityCode
    await expect(rotateKey(api.deps, { city, use: 'card' })).rejects.toMatchObject({ code: 'issuers.not-found' })
    await expect(revokeKey(api.deps, city, 'x')).rejects.toMatchObject({ code: 'issuers.not-found' })
    await expect(api.live.issuerKeys.sign({ city, use: 'card', typ: 'test', payload })).rejects.toMatchObject({
      code: 'issuers.not-found',
    })
    expect(() => api.live.issuerKeys.publishedKeys(city)).toThrow('No such issuer')
  })

  it('signs nothing before its first key is in force', async () => {
    api.deps.clock.set('2020-01-01T00:00:00Z')
    await expect(api.live.issuerKeys.sign({ city: '510100', use: 'card', typ: 'test', payload })).rejects.toMatchObject(
      { code: 'issuers.no-signing-key' },
    )
    api.deps.clock.set(NOW)
  })
})
