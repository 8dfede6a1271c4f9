import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { CityCode } from '../../src/codes/index.ts'
import { type KeyUse, listKeys, openIssuerKeys, revokeKey, rotateKey, seedIssuers } from '../../src/issuers/index.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const NOW = '2026-11-24T07:00:00.000Z'
const DAY_MS = 86_400_000
const database = useDatabase()
const api = useApp(database, { now: NOW, seed: (deps) => seedIssuers(deps) })

interface KeyAnswer {
  readonly kid: string
  readonly activeFrom: string
  readonly retiredAt: string | null
  readonly verifyUntil: string | null
  readonly code?: string
}

async function post(url: string, payload: object, headers?: { authorization: string }, key: string = randomUUID()) {
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { ...(headers ?? (await api.token('issuer', { city: '510100' }))), 'idempotency-key': key },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, body: response.json() as KeyAnswer }
}

const days = (count: number): string => new Date(Date.parse(NOW) + count * DAY_MS).toISOString()
const signWith = async (use: KeyUse, city: CityCode = '510100') =>
  (await api.live.issuerKeys.sign({ city, use, typ: 'test', payload: {} })).kid
const recordOf = async (kid: string) =>
  (await listKeys(database.db, api.deps.clock.now())).find((one) => one.kid === kid)
const published = async (city: string) =>
  ((await api.app.inject({ url: `/issuers/${city}/jwks.json` })).json() as { keys: { kid: string }[] }).keys.map(
    (key) => key.kid,
  )
const auditOf = async (kid: string) =>
  (await database.db.selectFrom('audit_event').select(['action', 'actor']).where('target_id', '=', kid).execute()).map(
    ({ action, actor }) => `${action} by ${actor}`,
  )

describe('POST /issuers/{city}/keys', () => {
  it('puts a key in force at once, publishes it, and the old one signs no more', async () => {
    const before = await signWith('code')
    const { status, body, headers } = await post('/issuers/510100/keys', { use: 'code' })
    expect(status).toBe(201)
    expect(headers['location']).toBe('/issuers/510100/jwks.json')
    expect(body).toMatchObject({ alg: 'ES256', uses: ['code'], activeFrom: NOW, retiredAt: null, verifyUntil: null })
    expect(await signWith('code')).toBe(body.kid)
    expect(await published('510100')).toEqual(expect.arrayContaining([before, body.kid]))
    expect(await recordOf(before)).toMatchObject({ state: 'retired', retiredAt: new Date(NOW) })
    expect(await auditOf(body.kid)).toEqual([expect.stringMatching(/^issuers\.rotate-key by \S*issuer/)])
  })

  it('announces a key for a later day: it is published now and signs then', async () => {
    const before = await signWith('status')
    const { body } = await post('/issuers/510100/keys', { use: 'status', activeFrom: days(7) })
    expect(await published('510100')).toContain(body.kid)
    expect(await signWith('status')).toBe(before)
    expect((await recordOf(body.kid))?.state).toBe('announced')
    // An urgent key between: it signs until the announced one begins.
    const urgent = await post('/issuers/510100/keys', { use: 'status' })
    expect(urgent.body.retiredAt).toBe(days(7))
    expect(await signWith('status')).toBe(urgent.body.kid)
    api.deps.clock.set(days(7))
    expect(await signWith('status')).toBe(body.kid)
    api.deps.clock.set(NOW)
  })

  it('keeps the algorithms apart', async () => {
    const { body } = await post('/issuers/510100/keys', { use: 'card', alg: 'SM2-SM3' })
    const { issuerKeys } = api.live
    const order = { city: '510100' as const, use: 'card' as const, typ: 'test', payload: {} }
    expect((await issuerKeys.sign({ ...order, alg: 'SM2-SM3' })).kid).toBe(body.kid)
    expect((await issuerKeys.sign(order)).kid).not.toBe(body.kid)
  })

  it('makes one key of one request, however often it is sent', async () => {
    const key = randomUUID()
    const first = await post('/issuers/510100/keys', { use: 'bundle' }, undefined, key)
    const again = await post('/issuers/510100/keys', { use: 'bundle' }, undefined, key)
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
  })

  it('refuses a day in the past, one too far ahead, and what is no use or algorithm', async () => {
    for (const activeFrom of [days(-1), days(400)]) {
      const { status, body } = await post('/issuers/510100/keys', { use: 'code', activeFrom })
      expect([status, body.code]).toEqual([422, 'issuers.dates-invalid'])
    }
    for (const body of [{ use: 'everything' }, { use: 'code', alg: 'none' }, {}, { use: 'code', kid: 'mine' }]) {
      expect((await post('/issuers/510100/keys', body)).status).toBe(400)
    }
  })

  it("does not touch another city's keys, and lets the operator touch all", async () => {
    const before = await published('510600')
    expect((await post('/issuers/510600/keys', { use: 'code' })).status).toBe(404)
    expect(await published('510600')).toEqual(before)
    expect((await post('/issuers/510600/keys', { use: 'code' }, await api.token('operator'))).status).toBe(201)
    expect((await post('/issuers/510600/keys', { use: 'code' }, await api.token('hospital'))).status).toBe(403)
  })
})

describe('POST /issuers/{city}/keys/{kid}/retirement', () => {
  const retire = (kid: string, body: object, headers?: { authorization: string }) =>
    post(`/issuers/510100/keys/${kid}/retirement`, body, headers)

  it('ends the signing now, and later what was signed', async () => {
    const kid = await signWith('health')
    expect((await retire(kid, {})).body).toMatchObject({ kid, retiredAt: NOW, verifyUntil: null })
    await expect(signWith('health')).rejects.toMatchObject({ code: 'issuers.no-signing-key' })
    expect((await retire(kid, { verifyUntil: days(30) })).body).toMatchObject({ retiredAt: NOW, verifyUntil: days(30) })
    expect(await published('510100')).toContain(kid)
    api.deps.clock.set(days(31))
    expect(await published('510100')).not.toContain(kid)
    expect((await recordOf(kid))?.state).toBe('ended')
    api.deps.clock.set(NOW)
    expect(await auditOf(kid)).toHaveLength(2)
  })

  it('makes nothing void that was signed in good faith: no date in the past, none changed afterwards', async () => {
    const { body } = await post('/issuers/510100/keys', { use: 'health' })
    for (const dates of [
      { retiredAt: days(-1) },
      { verifyUntil: days(-1) },
      { retiredAt: days(2), verifyUntil: days(1) },
    ]) {
      const refused = await retire(body.kid, dates)
      expect([refused.status, refused.body.code]).toEqual([422, 'issuers.dates-invalid'])
    }
    expect((await retire(body.kid, { retiredAt: days(3) })).body.retiredAt).toBe(days(3))
    expect((await retire(body.kid, { retiredAt: days(1) })).body.retiredAt).toBe(days(1))
    api.deps.clock.set(days(2))
    expect((await retire(body.kid, { retiredAt: days(5) })).status).toBe(422)
    api.deps.clock.set(NOW)
  })

  it('is for keys of the city that are not revoked', async () => {
    const kid = await rotateKey(api.deps, { city: '510100', use: 'bundle' })
    expect((await retire('AAAAAAAAAAA', {})).status).toBe(404)
    expect((await retire(kid, {}, await api.token('issuer', { city: '510600' }))).status).toBe(404)
    await revokeKey(api.deps, '510100', kid)
    expect((await retire(kid, {})).status).toBe(404)
  })
})

describe('a compromised key', () => {
  it('is refused by another process within a second, and its successor signs', async () => {
    const kid = await signWith('card', '511400')
    const other = await openIssuerKeys(api.deps)
    try {
      const before = other.issuer('urn:yimatong:511400')?.keys.get(kid)
      expect(before?.revoked).toBe(false)
      const began = performance.now()
      const { successor } = await revokeKey(api.deps, '511400', kid)
      while (other.issuer('urn:yimatong:511400')?.keys.get(kid)?.revoked !== true) {
        if (performance.now() - began > 1_000) throw new Error('the other process has not heard of it')
        await new Promise((done) => setTimeout(done, 5))
      }
      const after = other.issuer('urn:yimatong:511400')?.keys.get(kid)
      // What was remembered by the key object is forgotten with it.
      expect(after).not.toBe(before)
      expect((await other.sign({ city: '511400', use: 'card', typ: 'test', payload: {} })).kid).toBe(successor)
      expect(await auditOf(kid)).toEqual(['issuers.revoke-key by command-line'])
      expect(await auditOf(successor ?? '')).toEqual(['issuers.rotate-key by command-line'])
    } finally {
      await other.close()
    }
  })

  it('has no successor where it signed no more, and one for its day where it was only announced', async () => {
    const [city, use] = ['512000', 'code'] as const
    const old = await signWith(use, city)
    await rotateKey(api.deps, { city, use })
    expect((await revokeKey(api.deps, city, old)).successor).toBeUndefined()
    const announced = await rotateKey(api.deps, { city, use, activeFrom: new Date(days(9)) })
    const { successor = '' } = await revokeKey(api.deps, city, announced)
    expect(await recordOf(successor)).toMatchObject({ state: 'announced', activeFrom: new Date(days(9)) })
  })
})
