import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isObject } from '../../../src/sandbox/hospital/types.ts'
import { asText, issueCode, observation, patient, type RunningHospital, startHospital } from './start-hospital.ts'

let hospital: RunningHospital
beforeAll(async () => {
  hospital = await startHospital()
})
afterAll(async () => hospital.app.close())

describe('create, read, update, delete', () => {
  it('a created resource gets an id and version of the server and is read back as sent', async () => {
    const sent = observation('mine', { valueQuantity: { value: 4.1 }, meta: { source: 'urn:x', versionId: '9' } })
    const created = await hospital.ask('POST', '/Observation', sent)
    expect(created.status).toBe(201)
    const { id } = created.body
    expect(id).not.toBe('mine')
    expect(created.headers.get('location')).toBe(`${hospital.base}/Observation/${asText(id)}/_history/1`)
    const read = await hospital.ask('GET', `/Observation/${asText(id)}`)
    expect(read.headers.get('etag')).toBe('W/"1"')
    expect(read.body).toEqual({
      ...sent,
      id,
      meta: { source: 'urn:x', versionId: '1', lastUpdated: '2026-03-10T02:00:00.000Z' },
    })
  })

  it('keeps the precision of decimals', async () => {
    const text = JSON.stringify(observation('d1', { valueQuantity: { value: 0 } })).replace('"value":0', '"value":6.30')
    expect((await hospital.ask('PUT', '/Observation/d1', text)).status).toBe(201)
    expect((await hospital.ask('GET', '/Observation/d1')).text).toContain('"value":6.30')
  })

  it('an update makes a new version, and the old one can still be read', async () => {
    expect((await hospital.ask('PUT', '/Patient/u1', patient('u1', { gender: 'male' }))).status).toBe(201)
    expect((await hospital.ask('PUT', '/Patient/u1', patient('u1', { gender: 'female' }))).status).toBe(200)
    expect((await hospital.ask('GET', '/Patient/u1')).body['gender']).toBe('female')
    expect((await hospital.ask('GET', '/Patient/u1/_history/1')).body['gender']).toBe('male')
    expect((await hospital.search('Patient?gender=male')).ids).not.toContain('u1')
    expect((await hospital.ask('GET', '/Patient/u1/_history/3')).status).toBe(404)
  })

  it('a stale If-Match is 412 and changes nothing', async () => {
    await hospital.ask('PUT', '/Patient/m1', patient('m1'))
    const stale = await hospital.ask('PUT', '/Patient/m1', patient('m1', { active: false }), { 'if-match': 'W/"7"' })
    expect(stale.status).toBe(412)
    expect((await hospital.ask('GET', '/Patient/m1')).body['active']).toBe(true)
    expect((await hospital.ask('PUT', '/Patient/m1', patient('m1'), { 'if-match': 'W/"1"' })).status).toBe(200)
  })

  it('If-None-Match saves the body of an unchanged resource', async () => {
    await hospital.ask('PUT', '/Patient/n1', patient('n1'))
    const same = await hospital.ask('GET', '/Patient/n1', undefined, { 'if-none-match': 'W/"1"' })
    expect(same).toMatchObject({ status: 304, text: '' })
  })

  it('a deleted resource is 410 and not found by search; one that never was is 404; it can come back', async () => {
    await hospital.ask('PUT', '/Patient/g1', patient('g1'))
    expect((await hospital.ask('DELETE', '/Patient/g1')).status).toBe(204)
    const gone = await hospital.ask('GET', '/Patient/g1')
    expect([gone.status, issueCode(gone)]).toEqual([410, 'deleted'])
    expect((await hospital.search('Patient?_id=g1')).total).toBe(0)
    expect((await hospital.ask('GET', '/Patient/g1/_history/2')).status).toBe(410)
    expect((await hospital.ask('DELETE', '/Patient/g1')).status).toBe(204)
    const never = await hospital.ask('GET', '/Patient/never')
    expect([never.status, issueCode(never)]).toEqual([404, 'not-found'])
    expect((await hospital.ask('PUT', '/Patient/g1', patient('g1'))).status).toBe(201)
    expect((await hospital.ask('GET', '/Patient/g1')).headers.get('etag')).toBe('W/"3"')
  })
})

describe('conditional create', () => {
  const withKey = (value: string) => patient('x', { identifier: [{ system: 'urn:k', value }] })

  it('50 parallel creates under one key make one row, with one 201', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        hospital.ask('POST', '/Patient', withKey('race'), { 'if-none-exist': 'identifier=urn:k|race' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49)
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1)
    expect((await hospital.search('Patient?identifier=urn:k|race')).total).toBe(1)
  })

  it('several matches are 412 and a condition that is no business key is 400', async () => {
    await hospital.ask('POST', '/Patient', withKey('twice'))
    await hospital.ask('POST', '/Patient', withKey('twice'))
    const several = await hospital.ask('POST', '/Patient', withKey('twice'), {
      'if-none-exist': 'identifier=urn:k|twice',
    })
    expect([several.status, issueCode(several)]).toEqual([412, 'multiple-matches'])
    for (const condition of ['name=x', 'identifier=urn:k|twice&active=true', '', '_id=1']) {
      const answer = await hospital.ask('POST', '/Patient', withKey('wide'), { 'if-none-exist': condition })
      expect([condition, answer.status]).toEqual([condition, 400])
    }
    expect((await hospital.search('Patient?identifier=urn:k|wide')).total).toBe(0)
  })
})

describe('what a write refuses', () => {
  it.each([
    ['no JSON', '/Patient', '{"resourceType":', 400, 'structure'],
    ['a list', '/Patient', '[]', 400, 'structure'],
    ['another type than the address', '/Patient', observation('o'), 400, 'structure'],
    ['an unknown type', '/Patientt', { resourceType: 'Patientt' }, 404, 'not-supported'],
    ['a numeric id', '/Patient', { resourceType: 'Patient', id: 5 }, 400, 'structure'],
    ['an empty object', '/Patient', { resourceType: 'Patient', name: [{}] }, 400, 'structure'],
    ['an empty array', '/Patient', { resourceType: 'Patient', name: [] }, 400, 'structure'],
    ['an array inside an array', '/Patient', '{"resourceType":"Patient","name":[[{"text":"x"}]]}', 400, 'structure'],
    ['null outside an array', '/Patient', '{"resourceType":"Patient","gender":null}', 400, 'structure'],
    ['an empty string', '/Patient', { resourceType: 'Patient', gender: '' }, 400, 'structure'],
    ['an element name with a blank', '/Patient', { resourceType: 'Patient', 'gender ': 'male' }, 400, 'structure'],
    ['__proto__', '/Patient', '{"resourceType":"Patient","__proto__":{"a":1}}', 400, 'structure'],
    [
      'a reference that is no text',
      '/Observation',
      { ...observation('o'), subject: { reference: 7 } },
      400,
      'structure',
    ],
    ['a day that does not exist', '/Observation', observation('o', { effectiveDateTime: '2026-02-30' }), 400, 'value'],
  ])('%s', async (_what, path, body, status, code) => {
    const answer = await hospital.ask('POST', path, body)
    expect([answer.status, issueCode(answer)]).toEqual([status, code])
  })

  it('very deep nesting, another media type, a foreign id in the body, an address without a route', async () => {
    const deep = `{"resourceType":"Basic","extension":${'[{"extension":'.repeat(100)}[{"url":"x"}]${'}]'.repeat(100)}}`
    expect((await hospital.ask('POST', '/Basic', deep)).status).toBe(400)
    const xml = await hospital.ask('POST', '/Basic', '<Basic/>', { 'content-type': 'application/fhir+xml' })
    expect([xml.status, issueCode(xml)]).toEqual([415, 'invalid'])
    expect((await hospital.ask('PUT', '/Patient/a', patient('b'))).status).toBe(400)
    expect((await hospital.ask('PUT', '/Patient/a_b', patient('a_b'))).status).toBe(400)
    expect(issueCode(await hospital.ask('PATCH', '/Patient/a', patient('a')))).toBe('not-found')
    expect((await hospital.ask('POST', '/Patient/_search', patient('a'))).status).toBe(415)
    expect((await hospital.ask('GET', '/Patient', undefined, { accept: 'application/fhir+xml' })).status).toBe(406)
  })

  it('null inside an array of primitives with its companion is legal', async () => {
    const body = {
      resourceType: 'Patient',
      name: [{ given: [null, 'A'], _given: [{ extension: [{ url: 'urn:x', valueString: 'y' }] }, null] }],
    }
    expect((await hospital.ask('POST', '/Patient', body)).status).toBe(201)
  })

  it('a body over the limit is 413 with an outcome', async () => {
    const answer = await hospital.ask('POST', '/Basic', 'x'.repeat(21 * 1024 * 1024))
    expect([answer.status, issueCode(answer)]).toEqual([413, 'too-long'])
  })
})

it('the CapabilityStatement names for each type exactly the parameters that work', async () => {
  const { body } = await hospital.ask('GET', '/metadata')
  expect(body).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', kind: 'instance' })
  const rest = (
    body as unknown as { rest: [{ resource: { type: string; searchParam: { name: string; type: string }[] }[] }] }
  ).rest[0]
  expect(rest.resource.length).toBeGreaterThan(140)
  for (const { type, searchParam } of rest.resource) {
    for (const { name, type: kind } of searchParam) {
      const value = kind === 'date' ? '2026' : 'x'
      const { statusCode } = await hospital.app.inject(`/fhir/${type}?${name}=${value}&_count=0`)
      expect([type, name, statusCode]).toEqual([type, name, 200])
    }
  }
  expect(isObject(body['implementation']) && body['implementation']['url']).toBe(hospital.base)
})
