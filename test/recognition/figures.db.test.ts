import { beforeAll, describe, expect, it } from 'vitest'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { useDesk } from './desk.ts'

const { hub, ask, decide, report, seeded } = useDesk(useDatabase())
const institution = CODES[1]
const MONTH = '2026-11'

beforeAll(async () => {
  await seeded()
  const repeat = (reason: string, detail: string) => ({
    statements: [{ item: 'HBA1C', action: 'repeat', reason, detail, informed: 'yes' }],
  })
  const of = (index: number, changes: object = {}) => ({
    ...report('HBA1C'),
    personId: hub.people[index]?.personId,
    result: { institution: CODES[0], type: 'DiagnosticReport', id: `r00000${index + 1}-1-HBA1C` },
    ...changes,
  })
  await decide(of(0, { department: 'ENDO' }), { institution })
  await decide(of(1, { department: 'ENDO', ...repeat('07', '医师认为确有必要复查一次') }), { institution })
  await decide(of(2, { department: 'CARD', ...repeat('99', '糖尿病') }), { institution })
  await decide(
    { ...report('SHQT'), orderedItem: 'TC', statements: [{ item: 'TC', action: 'accept' }] },
    { institution },
  )
})

describe('the figures of a month over HTTP', () => {
  it('add up by department, reason and E-code, with what was saved', async () => {
    const response = await ask('GET', `/recognition/figures?month=${MONTH}`, { institution })
    expect(response.json()).toMatchObject({
      institution,
      recognised: 1,
      notRecognised: 1,
      rateBasisPoints: 5000,
      notCountable: 1,
      notEligible: 1,
      usedOutside: 1,
      savedAmount: '8.00',
      ownJudgementBasisPoints: 5000,
      reasons: [
        { code: '07', count: 1 },
        { code: '99', count: 1 },
      ],
      eligibility: [{ code: 'E06', count: 1 }],
      departments: [
        { department: 'CARD', recognised: 0, rateBasisPoints: null },
        { department: 'ENDO', recognised: 1, notRecognised: 1, savedAmount: '8.00' },
        { department: null },
      ],
    })
  })

  it('tell the issuer what became of its results elsewhere', async () => {
    const response = await ask('GET', `/recognition/figures?month=${MONTH}`, { institution: CODES[0] })
    expect(response.json()).toMatchObject({ shared: 4, sharedAccepted: 1, sharedRefused: 2, recognised: 0 })
  })

  it.each([
    ['/recognition/figures', { accept: 'text/csv' }],
    ['/recognition/figures.csv', {}],
  ])('come as CSV from %s with %j', async (path, headers) => {
    const response = await ask('GET', `${path}?month=${MONTH}`, { institution, headers })
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(response.headers['content-disposition']).toBe(
      `attachment; filename="recognition-${institution}-${MONTH}.csv"`,
    )
    expect(response.body).toContain(`${MONTH},${institution},ENDO,HBA1C,recognised,,,1,0,1,8.00\r\n`)
  })

  it('come as a page to a caller that asks for one, which nothing may be loaded into', async () => {
    const response = await ask('GET', `/recognition/figures?month=${MONTH}`, {
      institution,
      headers: { accept: 'text/html,*/*' },
    })
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(response.body).toContain('互认率<b>50.00%</b>')
  })

  it('are of the own institution: another’s are not found', async () => {
    const other = await ask('GET', `/recognition/figures?month=${MONTH}&institution=${CODES[0]}`, { institution })
    expect(other.statusCode).toBe(404)
    const own = await ask('GET', `/recognition/figures?month=${MONTH}&institution=${institution}`, { institution })
    expect(own.statusCode).toBe(200)
  })

  it('are given to a bureau for an institution of its city only, which it names', async () => {
    const of = async (query: string) =>
      await hub.app.inject({
        url: `/recognition/figures?month=${MONTH}${query}`,
        headers: { authorization: `Bearer ${await hub.token('bureau')}` },
      })
    const statuses = await Promise.all(CODES.map(async (code) => (await of(`&institution=${code}`)).statusCode))
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 404, 404, 404])
    expect((await of('&institution=H51010400099')).statusCode).toBe(404)
    expect((await of('')).statusCode).toBe(400)
  })
})

describe('the link for a browser', () => {
  const link = async () => {
    const response = await ask('POST', '/recognition/figures/links', { institution, body: { month: MONTH } })
    const { url } = response.json<{ url: string }>()
    return new URL(url)
  }

  it('opens the page without a token', async () => {
    const { pathname, search } = await link()
    const response = await hub.app.inject({ url: `${pathname}${search}` })
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(response.headers['referrer-policy']).toBe('no-referrer')
    expect(response.headers['cache-control']).toBe('no-store')
    expect(response.body).toContain(institution)
  })

  it('opens no other month or institution, and nothing after five minutes', async () => {
    const url = await link()
    const changed = (name: string, value: string) => {
      const copy = new URL(url)
      copy.searchParams.set(name, value)
      return `${copy.pathname}${copy.search}`
    }
    for (const address of [
      changed('month', '2026-10'),
      changed('institution', CODES[0]),
      changed('until', '9999999999'),
    ]) {
      expect((await hub.app.inject({ url: address })).statusCode).toBe(403)
    }
    expect((await hub.app.inject({ url: '/recognition/figures.html' })).statusCode).toBe(400)
    hub.deps.clock.advance(5 * 60_000 + 1_000)
    expect((await hub.app.inject({ url: `${url.pathname}${url.search}` })).statusCode).toBe(403)
  })
})

describe('the reasons', () => {
  it('are told with what each needs', async () => {
    const { reasons } = (await ask('GET', '/recognition/reasons')).json<{
      reasons: { code: string; countable: boolean }[]
    }>()
    expect(reasons.map((one) => one.code)).toEqual(['01', '02', '03', '04', '05', '06', '07', '08', '98', '99'])
    expect(reasons.find((one) => one.code === '99')?.countable).toBe(false)
  })
})
