import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { reencryptCarriers } from '../../src/cards/carrier-upkeep.ts'
import { cardsPeriodic } from '../../src/cards/index.ts'
import type { CityCode } from '../../src/codes/index.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { seedIssuers } from '../../src/issuers/index.ts'
import { parseKeyring } from '../../src/kernel/crypto/index.ts'
import { type PersonId, seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const NOW = '2026-11-24T07:00:00.000Z'
const database = useDatabase()
const institutions = generateInstitutions('carriers')
const hospitalCode = institutions.find((one) => one.recordHolder && one.city === '510600')!.code
const pharmacyCode = institutions.find((one) => one.scenario === 'pharmacy-recognised-by-all')!.code
const seeds = generatePeople('carriers', 10)
const lines: string[] = []
let people: readonly PersonId[] = []

const api = useApp(database, {
  now: NOW,
  onLog: (line) => lines.push(line),
  seed: async (deps) => {
    await seedIssuers(deps)
    await seedInstitutions(deps, institutions)
    people = await seedPeople(deps, seeds)
  },
})

afterEach(() => api.deps.clock.set(NOW))

type Headers = { authorization: string }
const issuer = (city: CityCode = '510100') => api.token('issuer', { city })
const hospital = () => api.token('hospital', { institution: hospitalCode })

async function post(url: string, payload: object, options: { by?: Headers; key?: string } = {}) {
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { ...(options.by ?? (await issuer())), 'idempotency-key': options.key ?? randomUUID() },
    payload,
  })
  return { status: response.statusCode, headers: response.headers, text: response.body, body: response.json() }
}
const get = async (url: string, by?: Headers) => {
  const response = await api.app.inject({ url, headers: by ?? (await issuer()) })
  return { status: response.statusCode, body: response.json() }
}

let serial = 0
const newNumber = (): string => `C${String(41_000_000 + serial++)}`
async function register(change: object = {}) {
  const number = newNumber()
  const answer = await post('/cards/carriers', { personId: people[0], kind: 'social-security-card', number, ...change })
  expect(answer.status, answer.text).toBe(201)
  return { number, ...(answer.body as { carrierId: string }) }
}
async function show(number: string, change: object = {}, by?: Headers) {
  const { status, body } = await post(
    '/cards/verify-carrier',
    { kind: 'social-security-card', number, ...change },
    { by: by ?? (await hospital()) },
  )
  expect(status).toBe(200)
  return body
}
const reasons = async (...asked: Parameters<typeof show>): Promise<string[]> =>
  (await show(...asked)).reasons.map((one: { code: string }) => one.code)

describe('a registered carrier', () => {
  it('is the person, in the form of every verdict', async () => {
    const { number, carrierId } = await register({ validFrom: '2020-01-01', validTo: '2030-12-31' })
    expect(await show(number)).toEqual({
      verdict: 'accepted',
      reasons: [],
      kind: 'social-security-card',
      carrierId,
      issuer: '510100',
      issuedAt: '2019-12-31T16:00:00.000Z',
      expiresAt: '2030-12-31T16:00:00.000Z',
      holder: { personId: people[0], insuredCity: seeds[0]?.insuredCity, maskedName: expect.stringMatching(/\*/) },
      healthCode: { state: 'dormant' },
      recognition: { recognised: true, reasons: [] },
      freshness: expect.objectContaining({ state: 'fresh', refuseAfterS: 120 }),
      clockSkewS: expect.any(Number),
    })
  })

  it('is found by every spelling of its number, and by its kind alone', async () => {
    const { number } = await register({ kind: 'insurance-voucher' })
    const spelt = `${number.slice(0, 4).toLowerCase()} ${number.slice(4)}`
    expect((await show(spelt, { kind: 'insurance-voucher' })).verdict).toBe('accepted')
    expect(await reasons(number, { kind: 'social-security-card' })).toEqual(['carrier-unknown'])
  })

  it('shows no name to a pharmacy, and nothing of the holder where it is refused', async () => {
    const { number, carrierId } = await register()
    const by = await api.token('pharmacy', { institution: pharmacyCode })
    expect((await show(number, {}, by)).holder).toEqual({
      personId: people[0],
      insuredCity: seeds[0]?.insuredCity,
    })
    await post(`/cards/carriers/${carrierId}/suspension`, { reason: 'lost' })
    const refused = await show(number, {}, by)
    expect(refused).not.toHaveProperty('holder')
    expect(JSON.stringify(refused)).not.toMatch(new RegExp(`${people[0]}|lost`))
  })

  it('pays for nothing', async () => {
    const { number } = await register()
    for (const purpose of ['settlement', 'purchase']) {
      expect(await reasons(number, { purpose })).toEqual(['single-use-needs-code'])
    }
    expect((await show(number, { purpose: 'treatment' })).verdict).toBe('accepted')
  })
})

describe('what is refused', () => {
  it('a number that nobody registered, whatever it looks like', async () => {
    for (const number of ['C99999999', '510104190001019995', "'; drop table cards_carrier; --", '😀', '\u0000', '1']) {
      expect(await reasons(number)).toEqual(['carrier-unknown'])
    }
  })

  it('a carrier outside of its days, by the day in Chengdu', async () => {
    const { number } = await register({ validFrom: '2026-11-24', validTo: '2026-11-24' })
    const on = async (instant: string) => {
      api.deps.clock.set(instant)
      return await reasons(number)
    }
    expect(await on('2026-11-23T15:59:59.999Z')).toEqual(['not-yet-valid'])
    expect(await on('2026-11-23T16:00:00.000Z')).toEqual([])
    expect(await on('2026-11-24T15:59:59.999Z')).toEqual([])
    expect(await on('2026-11-24T16:00:00.000Z')).toEqual(['expired'])
  })

  it('a suspended one until it is restored, and a revoked one for good', async () => {
    const { number, carrierId } = await register()
    const change = async (verb: string, reason: string) =>
      (await post(`/cards/carriers/${carrierId}/${verb}`, { reason })).status
    expect(await change('suspension', 'lost')).toBe(200)
    expect(await reasons(number)).toEqual(['carrier-suspended'])
    expect(await change('restoration', 'holder-request')).toBe(200)
    expect(await reasons(number)).toEqual([])
    expect(await change('revocation', 'replaced')).toBe(200)
    expect(await reasons(number)).toEqual(['carrier-revoked'])
    expect(await change('restoration', 'error')).toBe(409)
    expect(await change('revocation', 'replaced')).toBe(200)
    const { body } = await get(`/cards/carriers/${carrierId}/history`)
    expect(body.events.map((one: { event: string; reason: string }) => `${one.event} ${one.reason}`)).toEqual([
      'registered null',
      'lost lost',
      'restored holder-request',
      'revoked replaced',
    ])
  })

  it.each([
    ['an identity number', { number: '510104190001019995' }, '/number'],
    ['a number that is too short', { number: 'A-1' }, '/number'],
    ['a person that nobody registered', { personId: randomUUID() }, '/personId'],
    ['days in the wrong order', { validFrom: '2026-01-02', validTo: '2026-01-01' }, '/validTo'],
    ['a day that is none', { validFrom: '2026-02-30' }, '/validFrom'],
  ])('a registration with %s, by its field and without the number', async (_case, change, pointer) => {
    const order = { personId: people[0], kind: 'social-security-card', number: newNumber(), ...change }
    const { status, body, text } = await post('/cards/carriers', order)
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'cards.carrier-invalid', pointer])
    expect(text).not.toContain(order.number)
  })

  it('a number that is registered, whoever has it, also of ten at the same moment', async () => {
    const { number } = await register()
    const known = await post('/cards/carriers', { personId: people[1], kind: 'social-security-card', number })
    expect([known.status, known.body.code]).toEqual([409, 'cards.carrier-known'])
    expect(known.text).not.toMatch(new RegExp(`${people[0]}|${number}`))
    const order = { kind: 'social-security-card', number: newNumber() }
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) => post('/cards/carriers', { ...order, personId: people[at % 3] })),
    )
    expect(all.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ])
  })
})

describe('a registration', () => {
  it('under the same key is answered again and happens once', async () => {
    const key = randomUUID()
    const order = { personId: people[5], kind: 'insurance-voucher', number: newNumber() }
    const first = await post('/cards/carriers', order, { key })
    const again = await post('/cards/carriers', order, { key })
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(first.body.maskedNumber).toMatch(/^\*+\d{4}$/)
    expect((await get(`/cards/carriers?personId=${people[5]}`)).body.carriers).toEqual([first.body])
  })

  it('by mistake gives the number free for the right person', async () => {
    const { number, carrierId } = await register()
    await post(`/cards/carriers/${carrierId}/revocation`, { reason: 'error' })
    expect(await reasons(number)).toEqual(['carrier-unknown'])
    await register({ personId: people[4], number })
    expect((await show(number)).holder.personId).toBe(people[4])
  })
})

describe('between cities', () => {
  it('a carrier is changed and listed by the one that registered it', async () => {
    const { number, carrierId } = await register({ personId: people[6] })
    const by = await issuer('510600')
    for (const verb of ['suspension', 'restoration', 'revocation']) {
      const { status, body } = await post(`/cards/carriers/${carrierId}/${verb}`, { reason: 'lost' }, { by })
      expect([status, body.code]).toEqual([404, 'cards.carrier-not-found'])
    }
    expect((await get(`/cards/carriers/${carrierId}/history`, by)).status).toBe(404)
    expect((await get(`/cards/carriers?personId=${people[6]}`, by)).body).toEqual({ carriers: [] })
    expect((await show(number)).verdict).toBe('accepted')
  })
})

describe('the number', () => {
  it('stands in no log line, no audit event and no table in clear', async () => {
    const { number, carrierId } = await register()
    await show(number)
    await reasons('C77777777')
    await api.live.verificationAudit.flush()
    expect(lines.length).toBeGreaterThan(5)
    const shown = [number, 'C77777777']
    expect(lines.filter((line) => shown.some((one) => line.includes(one)))).toEqual([])
    const { rows: tables } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(database.db)
    for (const { name } of tables) {
      const { rows } = await sql<{
        text: string
      }>`select row_to_json(t)::text as text from ${sql.table(name)} t`.execute(database.db)
      expect(
        rows.filter(({ text }) => shown.some((one) => text.includes(one) || text.includes(hex(one)))),
        name,
      ).toEqual([])
    }
    const events = await database.db
      .selectFrom('audit_event')
      .select(['action', 'target_type', 'result'])
      .where('target_id', '=', carrierId)
      .orderBy('event_no')
      .execute()
    expect(events).toEqual([
      { action: 'cards.register-carrier', target_type: 'carrier', result: 'allowed' },
      { action: 'cards.verify-carrier', target_type: 'carrier', result: 'allowed' },
    ])
  })
})

const hex = (text: string): string => Buffer.from(text).toString('hex')
/** The keys of the test deps and the ones that follow them; the first of each list is the active one. */
const SECRETS: Readonly<Record<string, string>> = {
  'test-f': 'field',
  'test-i': 'index',
  'next-f': 'next field',
  'next-i': 'next index',
}
function ring(fields: readonly string[], indexes: readonly string[]) {
  const keys = (ids: readonly string[], alg: string) =>
    ids.map((id) => ({
      id,
      alg,
      key: createHash('sha256')
        .update(SECRETS[id] ?? '')
        .digest('base64url'),
    }))
  return parseKeyring(
    JSON.stringify({
      field: { active: fields[0], keys: keys(fields, 'AES-256-GCM') },
      index: { active: indexes[0], keys: keys(indexes, 'HMAC-SHA-256') },
    }),
  )
}

describe('a change of keys', () => {
  const both = { keyring: ring(['next-f', 'test-f'], ['next-i', 'test-i']) }
  const after = { keyring: ring(['next-f'], ['next-i']) }
  const nothing = { moved: 0, next: null }
  const tick = async (name: string, deps: object) => {
    await cardsPeriodic({ ...api.deps, ...deps })
      .find((task) => task.name === name)
      ?.run()
  }

  it('moves every carrier, in any number of steps, and leaves the old keys unneeded', async () => {
    const mistaken = await register()
    await post(`/cards/carriers/${mistaken.carrierId}/revocation`, { reason: 'error' })
    let next: Awaited<ReturnType<typeof reencryptCarriers>>['next'] = null
    let moved = 0
    let steps = 0
    do {
      const step = await reencryptCarriers({ ...api.deps, ...both }, { after: next, limit: 3 })
      moved += step.moved
      next = step.next
      steps++
    } while (next !== null)
    expect(steps).toBeGreaterThan(3)
    expect(moved).toBeGreaterThan(10)
    expect(await reencryptCarriers({ ...api.deps, ...both }, { after: null, limit: 1_000 })).toEqual(nothing)

    await tick('cards.forget-old-indexes', after)
    const left = await database.db.selectFrom('cards_carrier_index').select(['index_key_id', 'carrier_id']).execute()
    expect(new Set(left.map((row) => row.index_key_id))).toEqual(new Set(['next-i']))
    // A number that was given free stays free.
    expect(left.map((row) => row.carrier_id)).not.toContain(mistaken.carrierId)
    // Under the new keys alone everything opens: a pass finds nothing to do and stumbles over nothing.
    expect(await reencryptCarriers({ ...api.deps, ...after }, { after: null, limit: 1_000 })).toEqual(nothing)
  })

  it('is passed over by the upkeep until a pass moves nothing', async () => {
    const said: object[] = []
    const log = { info: (line: object) => said.push(line) } as unknown as typeof api.deps.log
    const back = { keyring: ring(['test-f', 'next-f'], ['test-i', 'next-i']), log }
    const task = cardsPeriodic({ ...api.deps, ...back }).find((one) => one.name === 'cards.reencrypt-carriers')
    for (let n = 0; n < 4; n++) await task?.run()
    expect(said).toMatchObject([{ done: false }, { moved: 0, done: true }])
  })
})
