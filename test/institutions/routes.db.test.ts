import { randomUUID } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const seeds = generateInstitutions('routes')
const pharmacy = seeds.find((one) => one.scenario === 'pharmacy-not-recognised-by-deyang')!
const hospital = seeds.find((one) => one.recordHolder && one.city === '510600')!
const api = useApp(database, { now: '2026-11-24T07:00:00.000Z', seed: (deps) => seedInstitutions(deps, seeds) })

const get = async (url: string) => {
  const headers = await api.token('hospital', { institution: hospital.code })
  const response = await api.app.inject({ url, headers })
  return { status: response.statusCode, body: response.json() }
}

const suspend = async (code: string, headers: { authorization: string }, payload: object) =>
  await api.app.inject({
    method: 'POST',
    url: `/institutions/${code}/suspensions`,
    headers: { ...headers, 'idempotency-key': randomUUID() },
    payload,
  })

describe('GET /institutions/{code}', () => {
  it('gives the facts of today with their history', async () => {
    const { status, body } = await get(`/institutions/${hospital.code}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      code: hospital.code,
      name: hospital.name,
      uscc: hospital.uscc,
      date: '2026-11-24',
      level: hospital.level,
      grade: hospital.grade,
      community: false,
      designation: 'designated',
      suspended: false,
      designations: hospital.designations,
    })
  })

  it('is 404 for a code that the register does not know', async () => {
    expect(await get('/institutions/H51060312345')).toMatchObject({
      status: 404,
      body: { code: 'institutions.not-found' },
    })
  })

  it.each([
    ['X51060399999', 'prefix'],
    ['H5106039999', 'serial'],
    ['HABCDEF99999', 'division'],
  ])('refuses %s, naming the %s', async (code, part) => {
    const { status, body } = await get(`/institutions/${code}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'institutions.code-invalid', errors: [{ pointer: 'params/code' }] })
    expect(body.errors[0].detail).toMatch(new RegExp(`^${part}: `))
  })
})

describe('GET /institutions', () => {
  it('pages through a city by cursor', async () => {
    const codes: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await get(`/institutions?city=510100&kind=hospital&limit=5${cursor && `&cursor=${cursor}`}`)
      codes.push(...body.institutions.map((one: { code: string }) => one.code))
      if (body.next === null) break
      cursor = body.next
    }
    expect(codes).toEqual(
      seeds
        .filter((one) => one.city === '510100' && one.kind === 'hospital')
        .map((one) => one.code)
        .sort(),
    )
  })

  it('refuses a city outside the area', async () => {
    expect((await get('/institutions?city=110100')).status).toBe(400)
  })

  it('filters by division', async () => {
    const { body } = await get(`/institutions?division=${hospital.division}`)
    expect(body.institutions.length).toBeGreaterThan(0)
    expect(new Set(body.institutions.map((one: { division: string }) => one.division))).toEqual(
      new Set([hospital.division]),
    )
  })
})

describe('GET /institutions/{code}/recognition', () => {
  const recognition = (query: string) => get(`/institutions/${pharmacy.code}/recognition?${query}`)

  it('says yes to a city that recognises it, and no with the reason to one that does not', async () => {
    expect((await recognition('insured=510100')).body).toMatchObject({
      recognised: true,
      reasons: [],
      date: '2026-11-24',
    })
    const { status, body } = await recognition('insured=510600&at=2026-03-01')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      recognised: false,
      date: '2026-03-01',
      reasons: [{ code: 'not-recognised-by-insured-city', zh: '参保地未与该机构互认' }],
    })
    expect(body.registerAgeMs).toBeLessThan(2000)
  })

  it('reads an instant as its day in Asia/Shanghai', async () => {
    expect((await recognition('insured=510100&at=2026-03-01T16:00:00Z')).body.date).toBe('2026-03-02')
  })

  it.each(['2026-02-30', 'yesterday', '2026-03-01T10:00:00'])('refuses the day %s', async (at) => {
    expect(await recognition(`insured=510100&at=${at}`)).toMatchObject({
      status: 400,
      body: { code: 'request.invalid' },
    })
  })

  it('answers for an unknown institution with a reason, not with an error', async () => {
    const { status, body } = await get('/institutions/P51060312345/recognition?insured=510600')
    expect([status, body.reasons[0].code]).toEqual([200, 'unknown'])
  })
})

describe('POST /institutions/{code}/suspensions', () => {
  it('that is refused costs no read of the register', async () => {
    const body = { from: '2026-12-01', reason: 'test of refusals' }
    const operator = await api.token('operator')
    const cdc = await api.token('cdc', { city: '510600' })
    const refresh = vi.spyOn(api.live.institutions, 'refresh')
    expect((await suspend(hospital.code, cdc, body)).statusCode).toBe(403)
    expect((await suspend('H51060312345', operator, body)).statusCode).toBe(404)
    expect((await suspend(hospital.code, operator, { from: 1 })).statusCode).toBe(400)
    expect(refresh).not.toHaveBeenCalled()
    refresh.mockRestore()
  })

  it('is seen by the next request', async () => {
    const bureau = await api.token('bureau', { city: '510600' })
    const response = await suspend(hospital.code, bureau, { from: '2026-11-01', to: '2026-11-30', reason: '整改' })
    expect(response.statusCode).toBe(201)
    const { body } = await get(`/institutions/${hospital.code}/recognition?insured=510600`)
    expect(body).toMatchObject({ recognised: false, reasons: [{ code: 'suspended' }] })
    const operator = await api.token('operator')
    const again = await suspend(hospital.code, operator, { from: '2026-11-30', reason: '整改' })
    expect([again.statusCode, again.json().code]).toEqual([409, 'institutions.already-suspended'])
  })

  it('is 404 for a bureau of another city, and forbidden to a hospital', async () => {
    const chengdu = await api.token('bureau', { city: '510100' })
    expect((await suspend(hospital.code, chengdu, { from: '2027-01-01', reason: '整改' })).statusCode).toBe(404)
    const own = await api.token('hospital', { institution: hospital.code })
    expect((await suspend(hospital.code, own, { from: '2027-01-01', reason: '整改' })).statusCode).toBe(403)
  })
})
