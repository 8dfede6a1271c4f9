import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Resource } from '../../../src/sandbox/hospital/types.ts'
import { issueCode, observation, patient, type RunningHospital, readSearch, startHospital } from './start-hospital.ts'

const ID_SYSTEM = 'urn:oid:2.16.156.10011.1.3'
const RESOURCES: Resource[] = [
  patient('p1', {
    identifier: [{ system: ID_SYSTEM, value: 'A1' }, { value: 'bare' }],
    gender: 'female',
    birthDate: '1980-05-06',
  }),
  patient('p2', {
    identifier: [{ system: 'urn:x', value: 'A1' }],
    name: [{ family: 'Müller', given: ['Jürgen'] }],
    birthDate: '1980',
  }),
  observation('o1'),
  observation('o2', { effectiveDateTime: '2026-03-05T08:00:00+08:00', status: 'preliminary' }),
  observation('o3', { subject: { reference: 'Patient/p2' }, effectiveDateTime: '2026-03-03' }),
  observation('o4', {
    code: { coding: [{ code: '2823-3' }] },
    effectiveDateTime: undefined,
    effectivePeriod: { start: '2026-03-04' },
  }),
  observation('o5', {
    code: { coding: [{ system: 'http://loinc.org', code: '2951-2' }] },
    category: [{ coding: [{ system: 'urn:cat', code: 'laboratory' }] }],
    effectiveDateTime: undefined,
  }),
  {
    resourceType: 'DiagnosticReport',
    id: 'r1',
    status: 'final',
    code: { text: 'Panel' },
    subject: { reference: 'Patient/p1' },
    result: [{ reference: 'Observation/o1' }, { reference: 'Observation/o5' }, { reference: 'Observation/lost' }],
  },
  { resourceType: 'Basic', id: 'b1', code: { text: 'anything' } },
]

let hospital: RunningHospital
const ids = async (query: string): Promise<string[]> => (await hospital.search(query)).ids

beforeAll(async () => {
  hospital = await startHospital({ resources: RESOURCES.map((item) => JSON.parse(JSON.stringify(item)) as Resource) })
})
afterAll(async () => hospital.app.close())

describe('token parameters', () => {
  it.each([
    ['code=http://loinc.org|2823-3', ['o1', 'o2', 'o3']],
    ['code=2823-3', ['o1', 'o2', 'o3', 'o4']],
    ['code=|2823-3', ['o4']],
    ['code=http://loinc.org|', ['o1', 'o2', 'o3', 'o5']],
    ['code=2951-2,2823-3&subject=p2', ['o3']],
    ['code=urn:other|2823-3', []],
    ['status=preliminary', ['o2']],
    ['category=laboratory', ['o5']],
    ['code=2823-3&code=2951-2', []],
  ])('Observation?%s finds %j', async (query, expected) => {
    expect(await ids(`Observation?${query}`)).toEqual(expected)
  })

  it('identifiers are found by system and value, without system, and by value alone', async () => {
    expect(await ids(`Patient?identifier=${ID_SYSTEM}|A1`)).toEqual(['p1'])
    expect(await ids('Patient?identifier=A1')).toEqual(['p1', 'p2'])
    expect(await ids('Patient?identifier=|bare')).toEqual(['p1'])
    expect(await ids('Patient?gender=female&active=true')).toEqual(['p1'])
  })
})

describe('reference parameters', () => {
  it.each(['patient=p1', 'patient=Patient/p1', 'subject=p1', 'subject=Patient/p1', 'subject:Patient=p1'])(
    'Observation?%s finds the records of that person only',
    async (query) => {
      expect(await ids(`Observation?${query}`)).toEqual(['o1', 'o2', 'o4', 'o5'])
    },
  )

  it('takes the absolute address of its own patient and nothing for another server', async () => {
    expect(await ids(`Observation?patient=${hospital.base}/Patient/p2`)).toEqual(['o3'])
    expect(await ids('Observation?patient=http://elsewhere.example/fhir/Patient/p2')).toEqual([])
    expect(await ids('Observation?subject=Group/p1')).toEqual([])
  })
})

describe('date and string parameters', () => {
  it.each([
    ['date=2026-03-01', ['o1']],
    ['date=ge2026-03-03', ['o2', 'o3', 'o4']],
    ['date=gt2026-03-05T00:00:00Z', ['o4']],
    ['date=lt2026-03-03', ['o1']],
    ['date=ge2026-03-01&date=le2026-03-03', ['o1', 'o3']],
    ['date=ne2026-03-01', ['o2', 'o3', 'o4']],
    ['date=2026-03-01,2026-03-03', ['o1', 'o3']],
  ])('Observation?%s finds %j', async (query, expected) => {
    expect(await ids(`Observation?${query}`)).toEqual(expected)
  })

  it('a birth year alone does not equal a day in it', async () => {
    expect(await ids('Patient?birthdate=1980')).toEqual(['p1', 'p2'])
    expect(await ids('Patient?birthdate=1980-05-06')).toEqual(['p1'])
  })

  it('names are found by their beginning without regard to case and accents', async () => {
    expect(await ids('Patient?name=mull')).toEqual(['p2'])
    expect(await ids('Patient?name=测试')).toEqual(['p1'])
    expect(await ids('Patient?given:contains=RGE')).toEqual(['p2'])
    expect(await ids('Patient?family:exact=mull')).toEqual([])
  })

  it('_lastUpdated and _id work on every type', async () => {
    expect(await ids('Basic?_lastUpdated=2026-03-10')).toEqual(['b1'])
    expect(await ids('Basic?_lastUpdated=gt2026-03-10')).toEqual([])
    expect(await ids('Basic?_id=b1,b2')).toEqual(['b1'])
  })
})

describe('order, pages and includes', () => {
  it('sorts by date both ways and puts undated rows last', async () => {
    expect(await ids('Observation?_sort=date')).toEqual(['o1', 'o3', 'o4', 'o2', 'o5'])
    expect(await ids('Observation?_sort=-date')).toEqual(['o2', 'o4', 'o3', 'o1', 'o5'])
    expect(await ids('Observation?_sort=-_id&_count=2')).toEqual(['o5', 'o4'])
  })

  it('walks all pages through next links on its own origin, each row once, though rows are added meanwhile', async () => {
    const seen: string[] = []
    let page = await hospital.search('Observation?_count=2&_sort=_id')
    hospital.store.put(observation('o0'), 'o0')
    for (;;) {
      seen.push(...page.ids)
      expect(page.total).toBe(5)
      if (page.next === undefined) break
      expect(page.next.startsWith(`${hospital.base}/Observation?_page=`)).toBe(true)
      page = await hospital.search(page.next)
    }
    hospital.store.remove('Observation', 'o0')
    expect(seen).toEqual(['o1', 'o2', 'o3', 'o4', 'o5'])
  })

  it('a page link that is made up, of another type, or too old is refused', async () => {
    const { next } = await hospital.search('Observation?_count=2')
    expect((await hospital.ask('GET', '/Observation?_page=abc')).status).toBe(410)
    expect((await hospital.ask('GET', (next ?? '').replace('/Observation?', '/Patient?'))).status).toBe(410)
    hospital.clock.advance(600_001)
    expect(issueCode(await hospital.ask('GET', next ?? ''))).toBe('expired')
  })

  it('_count=0 gives the total alone and a large count is cut to 200', async () => {
    const none = await hospital.ask('GET', '/Observation?_count=0')
    expect(none.body['total']).toBe(5)
    expect('entry' in none.body).toBe(false)
    expect((await hospital.ask('GET', '/Observation?_count=9999')).text).toContain('_count=200')
  })

  it('includes each referenced resource once and counts matches only', async () => {
    const answer = await hospital.search(
      'DiagnosticReport?_include=DiagnosticReport:result&_include=DiagnosticReport:subject',
    )
    expect(answer).toMatchObject({
      total: 1,
      ids: ['r1'],
      included: ['Observation/o1', 'Observation/o5', 'Patient/p1'],
    })
    expect((await hospital.search('Observation?patient=p1&_include=Observation:subject')).included).toEqual([
      'Patient/p1',
    ])
    expect((await hospital.search('DiagnosticReport?_include=DiagnosticReport:subject:Group')).included).toEqual([])
  })

  it('POST _search answers as GET does', async () => {
    const form = new URLSearchParams({ patient: 'Patient/p2', code: 'http://loinc.org|2823-3' })
    const { status, body } = await hospital.ask('POST', '/Observation/_search', form)
    expect(status).toBe(200)
    expect(readSearch(body).ids).toEqual(['o3'])
  })
})

describe('what a search refuses', () => {
  it.each([
    ['Observation?favourite=1', 400, 'not-supported'],
    ['Observation?code:not=x', 400, 'not-supported'],
    ['Observation?patient.name=x', 400, 'not-supported'],
    ['Observation?_has:Patient=x', 400, 'not-supported'],
    ['Observation?_revinclude=Provenance:target', 400, 'not-supported'],
    ['Observation?_include=Patient:organization', 400, 'not-supported'],
    ['Observation?_include=Observation:code', 400, 'not-supported'],
    ['Observation?_sort=code', 400, 'not-supported'],
    ['Observation?__proto__=x', 400, 'not-supported'],
    ['Basic?code=x', 400, 'not-supported'],
    ['Observation?date=2026-02-30', 400, 'value'],
    ['Observation?date=ap2026', 400, 'value'],
    ['Observation?code=', 400, 'value'],
    ['Observation?_count=-1', 400, 'value'],
    ['Observation?_total=maybe', 400, 'value'],
    ['Observation?_format=xml', 406, 'not-supported'],
    ['Nothing?_id=1', 404, 'not-supported'],
  ])('%s is answered with %i %s', async (query, status, code) => {
    const answer = await hospital.ask('GET', `/${query}`)
    expect(answer.status).toBe(status)
    expect(issueCode(answer)).toBe(code)
    expect(answer.headers.get('content-type')).toContain('application/fhir+json')
  })

  it('names the parameter but never its value', async () => {
    const answer = await hospital.ask('GET', '/Patient?secret-parameter=PRIVATE-VALUE')
    expect(answer.text).toContain('secret-parameter')
    expect(answer.text).not.toContain('PRIVATE-VALUE')
  })
})

it('finds one person among 2,000 observations through the index in a few milliseconds', async () => {
  const many = Array.from({ length: 2_000 }, (_, index) =>
    observation(`m${index}`, { subject: { reference: `Patient/q${index % 100}` } }),
  )
  const large = await startHospital({ resources: many })
  try {
    const times: number[] = []
    for (let round = 0; round < 41; round++) {
      const before = performance.now()
      const { total } = await large.search(
        `Observation?patient=q${round}&code=http://loinc.org|2823-3&date=ge2026-01-01`,
      )
      times.push(performance.now() - before)
      expect(total).toBe(20)
    }
    // Median over real HTTP; a scan with parsing would take some hundred milliseconds.
    expect(times.sort((a, b) => a - b)[20]).toBeLessThan(20)
  } finally {
    await large.app.close()
  }
})
