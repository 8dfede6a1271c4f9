import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { insuranceAt, insurancesAt, insurancesOf } from '../../src/people/index.ts'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, HOSPITAL, issuerOf, usePeople, type Who } from './people-app.ts'

const database = useDatabase()
const api = usePeople(database)

const insured = async (city = '510100', from = '2020-01-01', to: string | null = null): Promise<string> => {
  const insurances = [{ insuredCity: city, insutype: '310', psnType: '11', from, to }]
  return ((await api.make({ insurances }, issuerOf(city))) as { personId: string }).personId
}
const change = (id: string, body: object, who: Who = CHENGDU, from = '2020-01-01') =>
  api.post(`/people/${id}/insurances/${from}/changes`, { reason: '测试', ...body }, who)
const at = async (id: string, date: string) => (await insurancesAt(database.db, [id], date)).get(id as never)

describe('an insurance as of a day', () => {
  it('is normal, suspended from its day on, and normal again from the day of its return', async () => {
    const id = await insured()
    expect((await change(id, { kind: 'suspend', on: '2026-03-01' })).status).toBe(201)
    expect((await change(id, { kind: 'resume', on: '2026-05-01' })).status).toBe(201)
    expect(await at(id, '2019-12-31')).toBeUndefined()
    expect(await at(id, '2026-02-28')).toMatchObject({ status: '1', pausedFrom: null })
    expect(await at(id, '2026-03-01')).toMatchObject({ status: '2', pausedFrom: '2026-03-01' })
    expect(await at(id, '2026-04-30')).toMatchObject({ status: '2' })
    expect(await at(id, '2026-05-01')).toMatchObject({ status: '1' })
  })

  it('has ended after its last day, and insures nobody then', async () => {
    const id = await insured()
    expect((await change(id, { kind: 'end', on: '2026-06-30' })).status).toBe(201)
    expect(await at(id, '2026-06-30')).toMatchObject({ status: '1', to: '2026-06-30' })
    expect(await at(id, '2026-07-01')).toMatchObject({ status: '4', insuredCity: '510100' })
    expect(await insuranceAt(database.db, id, '2026-07-01')).toBeUndefined()
    expect(await insuranceAt(database.db, id, '2026-06-30')).toMatchObject({ insuredCity: '510100' })
  })

  it('is moved: the old city ends it and names the new one, which tells its own', async () => {
    const id = await insured()
    const next = { insuredCity: '510600', insutype: '310', psnType: '11', from: '2026-07-01', to: null }
    expect((await api.post(`/people/${id}/insurances`, next, DEYANG)).status).toBe(409)
    expect((await change(id, { kind: 'move', on: '2026-06-30', toCity: '510600' })).status).toBe(201)
    expect((await api.post(`/people/${id}/insurances`, next, DEYANG)).status).toBe(201)
    expect(await at(id, '2026-06-30')).toMatchObject({ status: '1', insuredCity: '510100' })
    expect(await at(id, '2026-07-01')).toMatchObject({ status: '1', insuredCity: '510600' })
    const { insurances } = await insurancesOf(database.db, id, '2026-07-01')
    expect(insurances.map((one) => `${one.insuredCity} ${one.status}`)).toEqual(['510600 1', '510100 4'])
  })

  it('knows from which day on its holder is a civil servant', async () => {
    const id = await insured()
    await change(id, { kind: 'civil-servant', on: '2025-01-01' })
    await change(id, { kind: 'no-civil-servant', on: '2026-01-01' })
    expect(await at(id, '2024-12-31')).toMatchObject({ cvlservFlag: '0' })
    expect(await at(id, '2025-12-31')).toMatchObject({ cvlservFlag: '1' })
    expect(await at(id, '2026-01-01')).toMatchObject({ cvlservFlag: '0' })
  })

  it.each<[string, object, number, string]>([
    ['a day before it', { kind: 'end', on: '2019-12-31' }, 422, 'people.invalid'],
    ['a day that does not exist', { kind: 'end', on: '2026-02-30' }, 422, 'people.invalid'],
    ['a return without a suspension', { kind: 'resume', on: '2026-01-01' }, 409, 'people.insurance-state'],
    ['a move to nowhere', { kind: 'move', on: '2026-01-01' }, 422, 'people.invalid'],
    ['a move to the city itself', { kind: 'move', on: '2026-01-01', toCity: '510100' }, 422, 'people.invalid'],
    ['an end with a city', { kind: 'end', on: '2026-01-01', toCity: '510600' }, 422, 'people.invalid'],
    ['a kind that nobody knows', { kind: 'identity', on: '2026-01-01' }, 400, 'request.invalid'],
    ['a number in the reason', { kind: 'end', on: '2026-01-01', reason: '510104190001019995' }, 422, 'people.invalid'],
    ['no reason', { kind: 'end', on: '2026-01-01', reason: '' }, 400, 'request.invalid'],
  ])('refuses %s, and keeps everything as it was', async (_what, body, status, code) => {
    const id = await insured()
    const refused = await change(id, body)
    expect([refused.status, refused.body.code]).toEqual([status, code])
    expect(await at(id, '2026-11-24')).toMatchObject({ status: '1', to: null })
    expect((await api.get(`/people/${id}/insurances`, CHENGDU)).body.events).toEqual([])
  })

  it('refuses what comes twice or before what was done already', async () => {
    const id = await insured()
    await change(id, { kind: 'suspend', on: '2026-03-01' })
    expect((await change(id, { kind: 'suspend', on: '2026-04-01' })).status).toBe(409)
    expect((await change(id, { kind: 'resume', on: '2026-02-01' })).status).toBe(409)
    await change(id, { kind: 'end', on: '2026-06-30' })
    expect((await change(id, { kind: 'end', on: '2026-06-30' })).status).toBe(409)
    expect((await change(id, { kind: 'end', on: '2026-07-01' })).status).toBe(409)
  })

  it('lets one of two parallel suspensions win', async () => {
    const id = await insured()
    const both = await Promise.all([1, 2].map(() => change(id, { kind: 'suspend', on: '2026-03-01' })))
    expect(both.map((one) => String(one.status)).sort()).toEqual(['201', '409'])
    expect((await api.get(`/people/${id}/insurances`, CHENGDU)).body.events).toHaveLength(1)
  })
})

describe('another city', () => {
  it('can change nothing of an insurance that is not its own', async () => {
    const id = await insured()
    for (const kind of ['end', 'suspend', 'civil-servant']) {
      const refused = await change(id, { kind, on: '2026-01-01' }, DEYANG)
      expect([refused.status, refused.body.code]).toEqual([403, 'people.insurance-not-yours'])
    }
    expect((await change(id, { kind: 'end', on: '2026-01-01' }, DEYANG, '2021-01-01')).status).toBe(404)
    expect((await change(id, { kind: 'end', on: '2026-01-01' }, HOSPITAL)).status).toBe(403)
    expect((await change(id, { kind: 'end', on: '2026-01-01' }, issuerOf('510100'))).status).toBe(403)
    expect(await at(id, '2026-11-24')).toMatchObject({ status: '1', cvlservFlag: '0' })
  })

  it('sees neither the special identities nor the history of another, and ends none of them', async () => {
    const id = await insured()
    const noted = await api.post(
      `/people/${id}/identities`,
      { psnIdetType: '2303', from: '2026-01-01', reason: '低保审批' },
      CHENGDU,
    )
    expect(noted.status).toBe(201)
    const end = `/people/${id}/identities/${noted.body.identityId}/end`
    expect((await api.post(end, { on: '2026-06-30', reason: '测试' }, DEYANG)).status).toBe(404)
    expect((await api.get(`/people/${id}/insurances`, DEYANG)).body).toMatchObject({ identities: [], events: [] })
    expect((await api.get(`/people/${id}/insurances`, HOSPITAL)).status).toBe(403)
    const own = (await api.get(`/people/${id}/insurances`, CHENGDU)).body
    expect(own).toMatchObject({ identities: [{ psnIdetType: '2303' }], events: [{ kind: 'identity' }] })
    expect((await api.post(end, { on: '2026-06-30', reason: '取消低保' }, CHENGDU)).status).toBe(200)
    expect(await at(id, '2026-06-30')).toMatchObject({ psnIdetType: '2303' })
    expect(await at(id, '2026-07-01')).toMatchObject({ psnIdetType: null })
  })

  it('notes identities that do not bind the fund of the insured city', async () => {
    const id = await insured()
    const body = { psnIdetType: '2304', from: '2026-01-01', reason: '测试' }
    expect((await api.post(`/people/${id}/identities`, body, DEYANG)).status).toBe(201)
    expect(await at(id, '2026-02-01')).toMatchObject({ psnIdetType: null })
  })
})

describe('special identities', () => {
  it('put one with a right to medical aid before others, and one kind only once on a day', async () => {
    const id = await insured()
    const note = (psnIdetType: string, more: object = {}) =>
      api.post(`/people/${id}/identities`, { psnIdetType, from: '2026-01-01', reason: '测试', ...more }, CHENGDU)
    await note('2101')
    expect(await at(id, '2026-02-01')).toMatchObject({ psnIdetType: '2101' })
    await note('2308', { to: '2026-12-31' })
    expect(await at(id, '2026-02-01')).toMatchObject({ psnIdetType: '2308' })
    expect(await at(id, '2027-01-01')).toMatchObject({ psnIdetType: '2101' })
    expect((await note('2308', { from: '2026-06-01' })).body.code).toBe('people.identity-exists')
    expect((await note('9999')).status).toBe(400)
    expect((await note('2303', { from: '2026-02-30' })).status).toBe(422)
    expect((await note('2303', { to: '2025-01-01' })).status).toBe(422)
    expect((await note('2303', { memo: '证件 510104190001019995' })).status).toBe(422)
    const stranger = '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'
    const none = await api.post(
      `/people/${stranger}/identities`,
      { psnIdetType: '2303', from: '2026-01-01', reason: '测试' },
      CHENGDU,
    )
    expect(none.status).toBe(404)
  })
})

describe('many people', () => {
  it('are answered by one statement, merged ones by the id that was asked', async () => {
    const a = await insured('510100', '2020-01-01', '2025-12-31')
    const b = await insured('510600', '2026-01-01')
    const c = await insured('512000')
    await api.post(`/people/${a}/identities`, { psnIdetType: '2301', from: '2020-01-01', reason: '测试' }, DEYANG)
    const merged = await api.post('/people/merges', { survivorId: a, absorbedId: b, reason: 'documents-seen' }, CHENGDU)
    expect(merged.status).toBe(201)
    const found = await insurancesAt(database.db, [a, b, c, a], '2026-06-01')
    expect([...found].map(([id, one]) => [id, one.insuredCity, one.psnIdetType])).toEqual(
      expect.arrayContaining([
        [a, '510600', '2301'],
        [b, '510600', '2301'],
        [c, '512000', null],
      ]),
    )
    expect(found.size).toBe(3)
    // The bureau of the row's city changes it under either id.
    expect((await change(a, { kind: 'suspend', on: '2026-05-01' }, DEYANG, '2026-01-01')).status).toBe(201)
    expect(await at(b, '2026-06-01')).toMatchObject({ status: '2' })
    const { insurances, identities } = await insurancesOf(database.db, b, '2026-06-01')
    expect(insurances.map((one) => one.status)).toEqual(['2', '4'])
    expect(identities).toMatchObject([{ psnIdetType: '2301', city: '510600' }])
  })
})

it('keeps the history: what a bureau did cannot be changed or taken away', async () => {
  const id = await insured()
  await change(id, { kind: 'suspend', on: '2026-03-01' })
  for (const statement of [
    sql`update people_insurance_event set reason = 'x'`,
    sql`delete from people_insurance_event`,
    sql`truncate people_insurance_event`,
  ]) {
    await expect(statement.execute(database.db)).rejects.toThrow('refused')
  }
})
