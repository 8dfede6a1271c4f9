import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { validateResource } from '../../src/fhir/index.ts'
import { findPersonId } from '../../src/people/index.ts'
import { useDatabase } from '../support/database.ts'
import {
  type Answer,
  CHENGDU,
  HOSPITAL,
  hospitalOf,
  issuerOf,
  type Loose,
  OTHER_HOSPITAL,
  usePeople,
  type Who,
} from './people-app.ts'

const database = useDatabase()
const api = usePeople(database)

const RESIDENT = 'urn:oid:2.16.156.10011.1.3'
const NUMBER = '510104190001019995'
const zhang = {
  name: '张示例',
  birthDate: '1961-05-07',
  phone: '16000000001',
  identifiers: [{ type: 'resident-id', value: NUMBER }],
}
let zhangId: string | undefined
const zhangs = async () => {
  zhangId ??= (await api.make(zhang)).personId
  return zhangId
}

const patient = (fields: object) => ({ resourceType: 'Patient', ...fields })
const ask = (fields: object, more: object[] = [], who: Who = HOSPITAL) =>
  api.post(
    '/fhir/Patient/$match',
    { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: patient(fields) }, ...more] },
    who,
  )
const matches = (answer: Answer) => (answer.body.entry ?? []).filter((one: Loose) => one.search.mode === 'match')
const outcome = (answer: Answer) => answer.body.entry?.find((one: Loose) => one.search.mode === 'outcome')?.resource
const grade = (entry: Loose) => entry?.search.extension[0]
const number = (value: string, system = RESIDENT) => ({ identifier: [{ system, value }] })

describe('POST /fhir/Patient/$match', () => {
  it('answers a valid searchset with score, grade and what each field counted', async () => {
    const id = await zhangs()
    const answer = await ask({ name: [{ family: '张', given: ['示例'] }], birthDate: '1961-07-05', gender: 'male' })
    expect(answer.status).toBe(200)
    expect(validateResource(answer.body)).toEqual([])
    expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 1 })
    const [entry] = matches(answer)
    expect(entry.search.score).toBe(0.55)
    expect(grade(entry)).toEqual({ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'possible' })
    expect(entry.search.extension[2].extension).toEqual([
      { url: 'field', valueCode: 'birthDate' },
      { url: 'agreement', valueCode: 'swapped' },
      { url: 'points', valueInteger: 2000 },
    ])
    expect(entry.fullUrl).toBe(`http://127.0.0.1:8080/fhir/Patient/${id}`)
    expect(entry.resource).toMatchObject({ id, name: [{ text: '张*例' }], birthDate: '1961', gender: 'male' })
  })

  it.each([
    ['the number', NUMBER],
    ['the number in full width', '５１０１０４１９０００１０１９９９５'],
    ['the number of 15 digits', '510104000101999'],
  ])('is certain by %s, which it never tells back', async (_, value) => {
    const id = await zhangs()
    const answer = await ask(number(value), [{ name: 'onlyCertainMatches', valueBoolean: true }])
    expect(matches(answer)).toMatchObject([{ resource: { id }, search: { score: 1 } }])
    expect(grade(matches(answer)[0]).valueCode).toBe('certain')
    expect(JSON.stringify(answer.body)).not.toMatch(/510104|９９９５/)
  })

  it.each([
    ['one digit wrong', '510104190001019996'],
    ['one digit wrong in the middle', '510104190001119995'],
    ['neighbours exchanged', '510140190001019995'],
    ['one digit of 15 wrong', '510104000101998'],
  ])('by a number with %s needs more than the number', async (_, value) => {
    const id = await zhangs()
    expect(matches(await ask(number(value)))).toEqual([])
    const answer = await ask({ ...number(value), name: [{ text: '张示例' }], birthDate: '1961-05-07', gender: 'male' })
    expect(matches(answer)[0]).toMatchObject({ resource: { id }, search: { score: 0.85 } })
    expect(grade(matches(answer)[0]).valueCode).toBe('probable')
  })

  it.each([
    [
      'another day',
      { name: [{ text: '张示例' }], birthDate: '1961-05-08', telecom: [{ system: 'phone', value: '+86 16000000001' }] },
    ],
    [
      'a letter wrong',
      { name: [{ text: '张示列' }], birthDate: '1961-05-07', telecom: [{ system: 'phone', value: '16000000001' }] },
    ],
    [
      'the sex wrong',
      {
        name: [{ text: '示例·张' }],
        birthDate: '1961-05-07',
        gender: 'female',
        telecom: [{ system: 'sms', value: '16000000001' }],
      },
    ],
    [
      'the year wrong',
      {
        name: [{ text: '张示例' }],
        birthDate: '1962-05-07',
        gender: 'male',
        telecom: [{ system: 'phone', value: '16000000001' }],
      },
    ],
  ])('finds who was written down with %s', async (_, fields) => {
    const id = await zhangs()
    const found = matches(await ask(fields))
    expect(found[0]?.resource.id).toBe(id)
    expect(grade(found[0]).valueCode).not.toBe('certain')
  })

  it.each([
    ['a name alone', { name: [{ text: '张示例' }] }],
    ['a birth date and a sex', { birthDate: '1961-05-07', gender: 'male' }],
    ['half a birth date', { name: [{ text: '张示例' }], birthDate: '1961-05' }],
    ['nothing', {}],
    ['a name of marks', { name: [{ text: '···' }], birthDate: '1961-05-07' }],
  ])('does not run a search by %s, and says so', async (_, fields) => {
    await zhangs()
    const answer = await ask(fields)
    expect(answer).toMatchObject({ status: 200, body: { total: 0 } })
    expect(validateResource(answer.body)).toEqual([])
    expect(outcome(answer).issue[0]).toMatchObject({ severity: 'warning', code: 'required' })
  })

  it('says which elements of the Patient it did not use', async () => {
    const answer = await ask({ ...number(NUMBER), maritalStatus: { text: 'M' }, birthDate: '1961' })
    expect(outcome(answer).issue.map((one: Loose) => [one.code, one.expression[0]])).toEqual([
      ['not-supported', 'Patient.maritalStatus'],
      ['not-supported', 'Patient.birthDate'],
    ])
  })

  it('answers as many as were asked for, the best first, and says that there are more', async () => {
    const one = { name: '多重影', birthDate: '1955-05-05' }
    for (let n = 0; n < 4; n++) await api.make({ ...one, ...(n === 2 ? { phone: '16033330000' } : {}) })
    const fields = {
      name: [{ text: '多重影' }],
      birthDate: '1955-05-05',
      gender: 'male',
      telecom: [{ system: 'phone', value: '16033330000' }],
    }
    const answer = await ask(fields, [{ name: 'count', valueInteger: 2 }])
    expect(matches(answer).map((entry: Loose) => entry.search.score)).toEqual([0.8, 0.6])
    expect(answer.body.total).toBe(2)
    expect(outcome(answer).issue[0]).toMatchObject({ severity: 'information', code: 'incomplete' })
    expect(matches(await ask(fields, [{ name: 'onlyCertainMatches', valueBoolean: true }]))).toEqual([])
  })

  it('leaves out a key that too many share, says so, and still finds by the others', async () => {
    for (let n = 0; n < 4; n++) await api.make({ name: '同住人', birthDate: '1950-01-02', phone: '16044440000' })
    await sql`
      insert into people_match_policy select 2, '2026-11-24', certain, probable, possible, 3, max_candidates, 'test', false
      from people_match_policy where version = 1`.execute(database.db)
    await sql`
      insert into people_match_weight select 2, field, agreement, points from people_match_weight where version = 1`.execute(
      database.db,
    )
    try {
      const wide = await ask({ name: [{ text: '同住人' }], birthDate: '1950-01-02' })
      expect(matches(wide)).toEqual([])
      expect(outcome(wide).issue[0]).toMatchObject({ severity: 'warning', code: 'incomplete' })
      const id = await zhangs()
      const found = await ask({
        name: [{ text: '张示例' }],
        birthDate: '1961-05-07',
        telecom: [{ system: 'phone', value: '16044440000' }],
      })
      expect(matches(found)[0]?.resource.id).toBe(id)
      expect(outcome(found).issue[0].code).toBe('incomplete')
    } finally {
      await sql`delete from people_match_weight where version = 2`.execute(database.db)
      await sql`delete from people_match_policy where version = 2`.execute(database.db)
    }
  })

  it('shows a merged person once, under the id that answers for it', async () => {
    const one = { name: '并一人', birthDate: '1958-08-09' }
    const a = await api.make(one)
    const b = await api.make({ ...one, name: '并一入' })
    await api.post(
      '/people/merges',
      { survivorId: a.personId, absorbedId: b.personId, reason: 'documents-seen' },
      CHENGDU,
    )
    for (const text of ['并一人', '并一入']) {
      const found = matches(await ask({ name: [{ text }], birthDate: '1958-08-09', gender: 'male' }))
      expect(found).toMatchObject([{ resource: { id: a.personId }, search: { score: 0.6 } }])
    }
  })

  it('lets a number of one row of a merged person speak against the other rows', async () => {
    const one = { name: '合并行', birthDate: '1957-03-04', phone: '16000000077' }
    const a = await api.make({ ...one, identifiers: [{ type: 'resident-id', value: '510104190001019178' }] })
    const b = await api.make(one)
    await api.post(
      '/people/merges',
      { survivorId: a.personId, absorbedId: b.personId, reason: 'documents-seen' },
      CHENGDU,
    )
    const details = {
      name: [{ text: one.name }],
      birthDate: one.birthDate,
      gender: 'male',
      telecom: [{ system: 'phone', value: one.phone }],
    }
    expect(matches(await ask(details)).map((entry: Loose) => entry.resource.id)).toEqual([a.personId])
    expect(
      matches(await ask({ ...details, ...number(NUMBER) })).map((entry: Loose) => entry.resource.id),
    ).not.toContain(a.personId)
  })

  it('is certain by the caller’s own number only where what else is said fits the person', async () => {
    const { personId } = await api.make({ name: '院号人', birthDate: '1956-02-03' })
    const ours = { system: 'urn:yimatong:person', value: personId }
    const asked = (fields: object) => ask({ identifier: [ours], ...fields })
    expect(grade(matches(await asked({ name: [{ text: '院号人' }] }))[0]).valueCode).toBe('certain')
    const other = matches(await asked({ name: [{ text: '别的名' }], birthDate: '1956-02-03' }))
    expect(other.map((entry: Loose) => grade(entry).valueCode)).not.toContain('certain')
  })

  it('is certain of nobody where two numbers name two', async () => {
    await zhangs()
    const { number: passport } = await api.make({ name: '张示例', birthDate: '1961-05-07' })
    const answer = await ask({
      identifier: [
        { system: RESIDENT, value: NUMBER },
        { system: 'urn:yimatong:identifier:passport', value: passport },
      ],
    })
    expect(matches(answer).map((entry: Loose) => grade(entry).valueCode)).toEqual(['probable', 'probable'])
  })

  it('leaves an event for everybody shown, and one where nobody was, before it answers', async () => {
    const id = await zhangs()
    let before = await api.lastEvent()
    await ask(number(NUMBER))
    expect(await api.auditSince(before)).toMatchObject([{ action: 'people.match', person_ref: id, result: 'allowed' }])
    before = await api.lastEvent()
    await ask({ name: [{ text: '无此人' }], birthDate: '1911-01-01' })
    await ask({ name: [{ text: '无此人' }] })
    expect((await api.auditSince(before)).map((one) => one.reason_codes[0])).toEqual(['none-found', 'not-run'])
  })

  it.each([
    ['not Parameters', { resourceType: 'Patient' }],
    ['no resource', { resourceType: 'Parameters', parameter: [{ name: 'count', valueInteger: 1 }] }],
    [
      'another resource',
      {
        resourceType: 'Parameters',
        parameter: [{ name: 'resource', resource: { resourceType: 'Basic', code: { text: 'x' } } }],
      },
    ],
    [
      'two resources',
      {
        resourceType: 'Parameters',
        parameter: Array(2).fill({ name: 'resource', resource: { resourceType: 'Patient' } }),
      },
    ],
    [
      'an unknown parameter',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { resourceType: 'Patient' } },
          { name: 'fuzzy', valueBoolean: true },
        ],
      },
    ],
    [
      'a count of nothing',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { resourceType: 'Patient' } },
          { name: 'count', valueInteger: 0 },
        ],
      },
    ],
    [
      'a Patient that is none',
      {
        resourceType: 'Parameters',
        parameter: [{ name: 'resource', resource: { resourceType: 'Patient', gender: 'M', birthDate: 5 } }],
      },
    ],
    ['an empty object', {}],
    ['a list', []],
  ])('refuses %s with an OperationOutcome', async (_, body) => {
    const answer = await api.post('/fhir/Patient/$match', body, HOSPITAL)
    expect(answer).toMatchObject({ status: 400, body: { resourceType: 'OperationOutcome' } })
    expect(answer.body.issue[0].severity).toBe('error')
    expect(validateResource(answer.body)).toEqual([])
  })

  it('bears huge and hostile values', async () => {
    const huge = 'あ'.repeat(50_000)
    for (const fields of [
      { name: [{ text: huge }], birthDate: '1961-05-07' },
      { identifier: Array(2_000).fill({ system: RESIDENT, value: NUMBER.replace('5', '6') }) },
      number('9'.repeat(50_000)),
      number("'; drop table people_person; --"),
      { name: [{ text: '\u202e例示张' }], birthDate: '0001-01-01' },
      { name: [{ text: '张示例' }], birthDate: '9999-12-31' },
      { name: [{ given: [null], _given: [{ id: 'x' }] }], birthDate: '1961-05-07' },
    ]) {
      const { status } = await ask(fields)
      expect([200, 400, 413]).toContain(status)
    }
    expect((await api.post('/fhir/Patient/$match', '{"a":'.repeat(2_000), HOSPITAL)).status).toBe(400)
  })

  it('is for hospitals', async () => {
    expect((await ask(number(NUMBER), [], CHENGDU)).status).toBe(403)
    expect((await ask(number(NUMBER), [], ['pharmacy', {}])).status).toBe(403)
  })
})

const OWN = 'urn:oid:1.2.156.112604.1.2.1'
const tell = (personId: string, value: string, who: Who = HOSPITAL, system = OWN) =>
  api.post(`/people/${personId}/local-ids`, { system, value }, who)

describe('hospitals’ own numbers', () => {
  it('stand for one person each, and telling one again changes nothing', async () => {
    const [a, b] = [await api.make(), await api.make()]
    expect(await tell(a.personId, 'MR1')).toMatchObject({ status: 201, body: { state: 'linked' } })
    expect(await tell(a.personId, 'MR1')).toMatchObject({ status: 200, body: { state: 'known' } })
    expect(await tell(b.personId, 'MR1')).toMatchObject({ status: 409, body: { code: 'people.local-id-taken' } })
    expect((await tell(a.personId, 'MR1b')).status).toBe(201)
    const end = (who: Who) =>
      api.post('/people/local-ids/end', { system: OWN, value: 'MR1', reason: 'wrong-person' }, who)
    expect((await end(OTHER_HOSPITAL)).status).toBe(404)
    expect((await end(HOSPITAL)).status).toBe(200)
    expect((await end(HOSPITAL)).status).toBe(404)
    expect((await tell(b.personId, 'MR1')).status).toBe(201)
  })

  it('of many tellers at one moment go to one person', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => api.make()))
    const results = await Promise.all(people.map((one) => tell(one.personId, 'RACE')))
    expect(results.filter((one) => one.status === 201)).toHaveLength(1)
    expect(results.filter((one) => one.status === 409)).toHaveLength(7)
  })

  it('belong to the institution that told the name space first, and are no identity numbers', async () => {
    const { personId } = await api.make()
    expect(await tell(personId, 'X1', OTHER_HOSPITAL)).toMatchObject({
      status: 409,
      body: { code: 'people.system-of-another' },
    })
    for (const value of [NUMBER, '510104000101999', '13800001234']) {
      expect((await tell(personId, value)).status, value).toBe(422)
    }
    for (const system of [RESIDENT, 'urn:yimatong:person', 'urn:yimatong:identifier:passport']) {
      expect((await tell(personId, 'X1', HOSPITAL, system)).status, system).toBe(422)
    }
    for (const [system, value] of [
      ['nonsense', 'X1'],
      ['urn:oid:1.2|3', 'X1'],
      [OWN, 'a|b'],
      [OWN, ''],
      [OWN, 'x'.repeat(65)],
    ] as const) {
      expect((await tell(personId, value, HOSPITAL, system)).status, system).toBe(400)
    }
    expect((await tell('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', 'X1')).status).toBe(404)
    expect((await tell(personId, 'X1', issuerOf('510100'))).status).toBe(403)
  })

  it('show in the answers to that hospital and to no other', async () => {
    const id = await zhangs()
    await tell(id, 'MR-Z')
    const identifiers = async (who: Who) => matches(await ask(number(NUMBER), [], who))[0].resource.identifier
    expect(await identifiers(HOSPITAL)).toContainEqual({ use: 'secondary', system: OWN, value: 'MR-Z' })
    expect(await identifiers(OTHER_HOSPITAL)).toEqual([{ use: 'official', system: 'urn:yimatong:person', value: id }])
    const byOwn = await ask(number('MR-Z', OWN))
    expect(grade(matches(byOwn)[0]).valueCode).toBe('certain')
    expect(matches(await ask(number('MR-Z', OWN), [], OTHER_HOSPITAL))).toEqual([])
  })

  it('lead a message of that hospital to the person, and one that names two persons to nobody', async () => {
    const id = await zhangs()
    await tell(id, 'MR-L')
    const by = { clientId: 'lab', org: 'H51010499999', role: 'hospital' }
    expect(await findPersonId(api.deps, [{ system: OWN, value: 'MR-L' }], by)).toBe(id)
    expect(await findPersonId(api.deps, [{ system: RESIDENT, value: '510104000101999' }], by)).toBe(id)
    expect(await findPersonId(api.deps, [{ system: 'urn:yimatong:person', value: id.toUpperCase() }], by)).toBe(id)
    expect(
      await findPersonId(
        api.deps,
        [
          { system: OWN, value: 'nobody' },
          { type: 'other', value: 'ABCDE' },
        ],
        by,
      ),
    ).toBeUndefined()
    expect(
      await findPersonId(api.deps, [{ system: OWN, value: 'MR-L' }], { ...by, org: 'H51060399999' }),
    ).toBeUndefined()
    const other = await api.make()
    await expect(
      findPersonId(
        api.deps,
        [
          { system: OWN, value: 'MR-L' },
          { type: 'passport', value: other.number },
        ],
        by,
      ),
    ).rejects.toMatchObject({ code: 'people.identifiers-of-several' })
  })
})

const pix = (query: string, who: Who = HOSPITAL) => api.get(`/fhir/Patient/$ihe-pix?${query}`, who)
const postPix = (parameter: object[], who: Who = HOSPITAL) =>
  api.post('/fhir/Patient/$ihe-pix', { resourceType: 'Parameters', parameter }, who)
const token = (system: string, value: string) => `sourceIdentifier=${encodeURIComponent(`${system}|${value}`)}`
const found = (answer: Answer, name: string) =>
  (answer.body.parameter ?? [])
    .filter((one: Loose) => one.name === name)
    .map((one: Loose) => one.valueIdentifier?.value ?? one.valueReference.reference)

describe('Patient/$ihe-pix', () => {
  it('tells the caller’s own numbers and ours, by GET and by POST alike', async () => {
    const id = await zhangs()
    await tell(id, 'MR-P1')
    await tell(id, 'MR-P2')
    const answer = await pix(token(OWN, 'MR-P1'))
    expect(answer.status).toBe(200)
    expect(validateResource(answer.body)).toEqual([])
    expect(found(answer, 'targetIdentifier')).toEqual(expect.arrayContaining([id, 'MR-P2']))
    expect(found(answer, 'targetIdentifier')).not.toContain('MR-P1')
    expect(found(answer, 'targetId')).toEqual([`http://127.0.0.1:8080/fhir/Patient/${id}`])
    for (const source of [
      { name: 'sourceIdentifier', valueString: `${OWN}|MR-P1` },
      { name: 'sourceIdentifier', valueIdentifier: { system: OWN, value: 'MR-P1' } },
    ]) {
      expect((await postPix([source])).body).toEqual(answer.body)
    }
    const own = await postPix([
      { name: 'sourceIdentifier', valueString: `${RESIDENT}|${NUMBER}` },
      { name: 'targetSystem', valueUri: OWN },
    ])
    expect(found(own, 'targetIdentifier')).toEqual(expect.arrayContaining(['MR-P1', 'MR-P2']))
    expect(found(own, 'targetId')).toEqual([])
    expect(JSON.stringify(own.body)).not.toContain(NUMBER.slice(6))
  })

  it('takes no identity number in an address, whatever its name space is called, and says to POST it', async () => {
    await zhangs()
    for (const query of [
      token(RESIDENT, NUMBER),
      token('urn:yimatong:identifier:passport', 'E12345678'),
      token('urn:oid:1.2.3.4', NUMBER),
      token('urn:oid:1.2.3.4', '510104000101999'),
      token(OWN, '13800001234'),
    ]) {
      const answer = await pix(query)
      expect(answer.status, query).toBe(400)
      expect(answer.body.issue[0].diagnostics).toContain('POST')
      expect(JSON.stringify(answer.body)).not.toMatch(/5101041900|13800001234/)
    }
  })

  it('answers 404 for a number that nobody has, with an event', async () => {
    const before = await api.lastEvent()
    const answer = await pix(token(OWN, 'nobody-has-it'))
    expect(answer).toMatchObject({ status: 404, body: { issue: [{ code: 'not-found' }] } })
    expect((await postPix([{ name: 'sourceIdentifier', valueString: `${RESIDENT}|512002190001019964` }])).status).toBe(
      404,
    )
    expect((await api.auditSince(before)).map((one) => [one.action, one.reason_codes[0]])).toEqual(
      Array(2).fill(['people.cross-reference', 'none-found']),
    )
  })

  it('tells another hospital’s number only where that hospital lets it be told and it was asked for', async () => {
    const id = await zhangs()
    const theirs = 'urn:oid:1.2.156.112604.9.9'
    await tell(id, 'DY-1', OTHER_HOSPITAL, theirs)
    const source = token('urn:yimatong:person', id)
    const target = `targetSystem=${encodeURIComponent(theirs)}`
    expect(await pix(`${source}&${target}`)).toMatchObject({ status: 403, body: { issue: [{ code: 'forbidden' }] } })
    expect((await pix(token(theirs, 'DY-1'))).status).toBe(404)
    const share = (shared: boolean, who: Who) => api.put('/people/local-systems', { system: theirs, shared }, who)
    expect((await share(true, HOSPITAL)).status).toBe(409)
    expect((await share(true, OTHER_HOSPITAL)).status).toBe(200)
    expect((await api.get('/people/local-systems', OTHER_HOSPITAL)).body.systems).toEqual([
      { system: theirs, shared: true },
    ])
    expect(found(await pix(`${source}&${target}`), 'targetIdentifier')).toEqual(['DY-1'])
    expect(found(await pix(source), 'targetIdentifier')).not.toContain('DY-1')
    expect((await pix(token(theirs, 'DY-1'))).status).toBe(200)
    await share(false, OTHER_HOSPITAL)
    expect((await pix(`${source}&${target}`)).status).toBe(403)
  })

  it('knows no name space of identity numbers as a target, and refuses an unknown one before it looks', async () => {
    const id = await zhangs()
    for (const system of [RESIDENT, 'urn:oid:0.0.0']) {
      for (const source of [token('urn:yimatong:person', id), token(OWN, 'nobody-has-it')]) {
        expect((await pix(`${source}&targetSystem=${encodeURIComponent(system)}`)).status).toBe(403)
      }
    }
  })

  it('follows a merge', async () => {
    const [a, b] = [await api.make(), await api.make()]
    await tell(b.personId, 'MR-M')
    await api.post(
      '/people/merges',
      { survivorId: a.personId, absorbedId: b.personId, reason: 'documents-seen' },
      CHENGDU,
    )
    expect(found(await pix(token(OWN, 'MR-M')), 'targetIdentifier')).toEqual([a.personId])
    expect(found(await pix(token('urn:yimatong:person', a.personId)), 'targetIdentifier')).toContain('MR-M')
    expect((await tell(a.personId, 'MR-M')).status).toBe(200)
  })

  it.each([
    ['', 400],
    ['sourceIdentifier=', 400],
    ['sourceIdentifier=MR-1', 400],
    ['sourceIdentifier=%7CMR-1', 400],
    [`${token(OWN, 'a')}&${token(OWN, 'b')}`, 400],
    [`${token(OWN, 'a')}&patient=5`, 400],
    [`${token(OWN, 'x'.repeat(400))}`, 400],
  ])('refuses the address %s', async (query, status) => {
    const answer = await pix(query)
    expect(answer.status).toBe(status)
    expect(answer.body.resourceType).toBe('OperationOutcome')
  })

  it('refuses Parameters that are none', async () => {
    for (const body of [{}, [], { resourceType: 'Patient' }, { resourceType: 'Parameters', parameter: [{}] }]) {
      expect((await api.post('/fhir/Patient/$ihe-pix', body, HOSPITAL)).status).toBe(400)
    }
    expect(
      (
        await postPix([
          { name: 'sourceIdentifier', valueString: `${OWN}|a` },
          { name: 'x', valueString: 'y' },
        ])
      ).status,
    ).toBe(400)
    expect((await postPix([{ name: 'sourceIdentifier', valueInteger: 5 }])).status).toBe(400)
    expect((await pix(token(OWN, 'MR-P1'), hospitalOf('H51140299999'))).status).toBe(404)
    expect((await pix(token(OWN, 'MR-P1'), CHENGDU)).status).toBe(403)
  })
})

describe('GET /fhir/metadata', () => {
  it('names both operations with the Patient', async () => {
    const { body } = await api.get('/fhir/metadata', HOSPITAL)
    const [resource] = body.rest[0].resource
    expect(resource.operation.map((one: { name: string }) => one.name)).toEqual(['match', 'ihe-pix'])
  })
})
