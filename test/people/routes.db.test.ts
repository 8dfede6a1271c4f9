import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const api = useApp(database, { now: '2026-11-24T07:00:00.000Z' })

const person = {
  name: '张示例',
  sex: 'male',
  birthDate: '1900-01-01',
  phone: '16000000001',
  residenceDivision: '510104',
  identifiers: [{ type: 'resident-id', value: '510104190001019995' }],
  insurances: [{ insuredCity: '510100', insutype: '310', psnType: '12', from: '2020-01-01', to: null }],
}
const [insurance] = person.insurances
const uninsured = (value: string) => ({
  ...person,
  identifiers: [{ type: 'passport', value }],
  insurances: undefined,
})

const hospital = () => api.token('hospital', { institution: 'H51010499999' })

const issuer = (city = '510100') => api.token('issuer', { city })

const post = async (url: string, payload: object, by = issuer()) => {
  const headers = { ...(await by), 'idempotency-key': randomUUID() }
  const response = await api.app.inject({ method: 'POST', url, headers, payload })
  return { status: response.statusCode, headers: response.headers, body: response.json() }
}

describe('POST /people', () => {
  it('registers once: 201, then 200 with the same person', async () => {
    const first = await post('/people', person)
    expect(first).toMatchObject({ status: 201, body: { existing: false, warnings: [] } })
    expect(first.headers['location']).toBe(`/people/${first.body.personId}`)
    const again = await post('/people', person)
    expect(again).toMatchObject({ status: 200, body: { personId: first.body.personId, existing: true } })
  })

  it('refuses another name with 409, names the field, and leaves an event of the refusal', async () => {
    const { status, body } = await post('/people', { ...person, name: '李示例' })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'people.details-disagree', errors: [{ pointer: '/name' }] })
    expect(JSON.stringify(body)).not.toMatch(/示例|5101041900/)
    const event = await database.db
      .selectFrom('audit_event')
      .select(['action', 'result', 'reason_codes'])
      .orderBy('event_no', 'desc')
      .limit(1)
      .executeTakeFirst()
    expect(event).toEqual({ action: 'people.register', result: 'refused', reason_codes: ['people.details-disagree'] })
  })

  it.each([
    ['510104190001019994', 'check'],
    ['51010419000101999', 'length'],
  ])('refuses the number %s with the part that is wrong', async (value, part) => {
    const { status, body } = await post('/people', { ...person, identifiers: [{ type: 'resident-id', value }] })
    expect(status).toBe(422)
    expect(body.errors[0]).toMatchObject({ pointer: '/identifiers/0/value' })
    expect(body.errors[0].detail).toMatch(new RegExp(`^${part}: `))
  })

  it('refuses a field that it does not know, and a person without an identifier', async () => {
    expect((await post('/people', { ...person, nickname: 'x' })).status).toBe(400)
    expect((await post('/people', { ...person, identifiers: [] })).status).toBe(400)
  })
})

describe('who may tell an insurance', () => {
  it('is no hospital: the field is named and nobody is registered', async () => {
    const { status, body } = await post('/people', { ...uninsured('E10000001'), insurances: [insurance] }, hospital())
    expect([status, body.code]).toEqual([403, 'people.insurance-not-yours'])
    expect(body.errors).toMatchObject([{ pointer: '/insurances' }])
    const found = await post('/people/search', { identifier: { type: 'passport', value: 'E10000001' } })
    expect(found.body.people).toEqual([])
  })

  it.each(['issuer', 'bureau'] as const)('is the %s of the insured city and of no other', async (role) => {
    const passport = role === 'issuer' ? 'E10000002' : 'E10000003'
    const told = { ...uninsured(passport), insurances: [insurance] }
    const other = await post('/people', told, api.token(role, { city: '512000' }))
    expect([other.status, other.body.code]).toEqual([403, 'people.insurance-not-yours'])
    expect(other.body.errors).toMatchObject([{ pointer: '/insurances/0/insuredCity' }])
    expect((await post('/people', told, api.token(role, { city: '510100' }))).status).toBe(201)
  })

  it('hears of a conflict with what is registered, by the field', async () => {
    const told = { ...uninsured('E10000004'), insurances: [insurance] }
    expect((await post('/people', told)).status).toBe(201)
    expect(await post('/people', told)).toMatchObject({ status: 200, body: { existing: true } })
    expect(await post('/people', uninsured('E10000004'), hospital())).toMatchObject({ status: 200 })
    const conflict = await post('/people', { ...told, insurances: [{ ...insurance, psnType: '11' }] })
    expect(conflict).toMatchObject({
      status: 409,
      body: { code: 'people.details-disagree', errors: [{ pointer: '/insurances' }] },
    })
  })

  it('adds one to a person whom a hospital registered, and none that shares a day with another', async () => {
    const { body } = await post('/people', uninsured('E10000005'), hospital())
    const url = `/people/${body.personId}/insurances`
    expect((await post(url, insurance!, hospital())).status).toBe(403)
    expect((await post(url, insurance!, issuer('510600'))).body).toMatchObject({
      code: 'people.insurance-not-yours',
      errors: [{ pointer: '/insuredCity' }],
    })
    expect(await post(url, insurance!)).toMatchObject({ status: 201, body: insurance })
    const deyang = { ...insurance, insuredCity: '510600', from: '2025-01-01' }
    expect(await post(url, deyang, issuer('510600'))).toMatchObject({
      status: 409,
      body: { code: 'people.insurance-overlaps', errors: [{ pointer: '/from' }] },
    })
    const ended = { ...insurance!, from: '2019-12-31', to: '2019-01-01' }
    expect((await post(url, ended)).body).toMatchObject({ code: 'people.invalid' })
    expect((await post(`/people/${randomUUID()}/insurances`, insurance!)).status).toBe(404)
    const read = await api.app.inject({ url: `/people/${body.personId}`, headers: await hospital() })
    expect(read.json().insurances).toEqual([insurance])
  })

  it('knows the person types and no other', async () => {
    const unknown = { ...uninsured('E10000006'), insurances: [{ ...insurance, psnType: '21' }] }
    expect((await post('/people', unknown)).status).toBe(400)
  })
})

describe('the table of insurances', () => {
  it('holds none that shares a day with another of the same person, whoever writes it', async () => {
    const { body } = await post('/people', uninsured('E10000007'))
    const row = { person_id: body.personId as string, insured_city: '510100', insutype: '310', psn_type: '11' }
    const insert = (from: string, to: string | null) =>
      database.db
        .insertInto('people_insurance')
        .values({ ...row, from_date: from, to_date: to })
        .execute()
    await insert('2020-01-01', '2020-12-31')
    await insert('2021-01-01', null)
    await expect(insert('2020-12-31', '2020-12-31')).rejects.toMatchObject({ code: '23P01' })
    await expect(insert('2030-01-01', null)).rejects.toMatchObject({ constraint: 'people_insurance_one_a_day' })
  })
})

describe('finding and reading', () => {
  it('finds by the identifier in the body, and reads by id, both masked', async () => {
    const { status, body } = await post('/people/search', { identifier: person.identifiers[0] })
    expect(status).toBe(200)
    expect(body.people).toMatchObject([{ maskedName: '张*例', identifiers: [{ masked: '510***********9995' }] }])
    const read = await api.app.inject({ url: `/people/${body.people[0].personId}`, headers: await hospital() })
    expect(read.json()).toEqual(body.people[0])
    expect(read.payload).not.toMatch(/510104190001019995|张示例|16000000001/)
  })

  it('finds nobody with an empty list', async () => {
    const { status, body } = await post('/people/search', { identifier: { type: 'passport', value: 'X00000000' } })
    expect([status, body]).toEqual([200, { people: [] }])
  })

  it('is 404 for an id of nobody and 400 for what is no id', async () => {
    const headers = await hospital()
    expect((await api.app.inject({ url: `/people/${randomUUID()}`, headers })).statusCode).toBe(404)
    expect((await api.app.inject({ url: '/people/510104190001019995', headers })).statusCode).toBe(400)
  })
})
