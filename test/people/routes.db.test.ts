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
  insurances: [{ insuredCity: '510100', insutype: '310', psnType: '21', from: '2020-01-01', to: null }],
}

const hospital = () => api.token('hospital', { institution: 'H51010499999' })

const post = async (url: string, payload: object, key = randomUUID()) => {
  const headers = { ...(await hospital()), 'idempotency-key': key }
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
