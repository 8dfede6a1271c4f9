import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { isList, isObject, type JsonObject } from '../../../src/sandbox/hospital/types.ts'
import { asText, issueCode, observation, patient, type RunningHospital, startHospital } from './start-hospital.ts'

let hospital: RunningHospital
const started: RunningHospital[] = []
beforeEach(async () => {
  hospital = await startHospital({ resources: [patient('old', { identifier: [{ system: 'urn:k', value: 'old' }] })] })
  started.push(hospital)
})
afterAll(async () => {
  for (const one of started) await one.app.close()
})

const bundle = (type: string, ...entry: JsonObject[]): JsonObject => ({ resourceType: 'Bundle', type, entry })
const post = (resource: JsonObject, fullUrl?: string, ifNoneExist?: string): JsonObject => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: {
    method: 'POST',
    url: asText(resource['resourceType']),
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  },
})
const responses = (body: JsonObject): JsonObject[] =>
  (isList(body['entry']) ? body['entry'] : []).filter(isObject).map((entry) => entry['response'] as JsonObject)

describe('a transaction', () => {
  it('gives forward and backward urn:uuid references the addresses of what it creates', async () => {
    const answer = await hospital.ask(
      'POST',
      '',
      bundle(
        'transaction',
        post(observation('x', { subject: { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' } })),
        post(patient('x'), 'urn:uuid:11111111-1111-4111-8111-111111111111'),
      ),
    )
    expect(answer.status).toBe(200)
    expect(answer.body['type']).toBe('transaction-response')
    const [first, second] = responses(answer.body)
    expect([first?.['status'], second?.['status']]).toEqual(['201', '201'])
    const created = await hospital.ask('GET', asText(first?.['location']))
    const address = asText(second?.['location'])
      .slice(hospital.base.length + 1)
      .replace('/_history/1', '')
    expect(created.body['subject']).toEqual({ reference: address })
    expect((await hospital.search(`Observation?subject=${address}`)).total).toBe(1)
  })

  it('takes relative references within the base of absolute fullUrls, and leaves other servers alone', async () => {
    const answer = await hospital.ask(
      'POST',
      '',
      bundle(
        'transaction',
        post(patient('a'), 'https://source.example/fhir/Patient/a'),
        post(
          observation('b', {
            subject: { reference: 'Patient/a' },
            performer: [{ reference: 'https://other.example/Practitioner/1' }],
          }),
          'https://source.example/fhir/Observation/b',
        ),
      ),
    )
    const [one, two] = responses(answer.body).map((response) => asText(response['location']))
    const { body } = await hospital.ask('GET', two ?? '')
    expect(`${hospital.base}/${asText(isObject(body['subject']) && body['subject']['reference'])}/_history/1`).toBe(one)
    expect(body['performer']).toEqual([{ reference: 'https://other.example/Practitioner/1' }])
  })

  it('is undone as a whole when one entry fails, deletions and updates included', async () => {
    const before = (await hospital.ask('GET', '/Patient/old')).text
    const answer = await hospital.ask(
      'POST',
      '',
      bundle(
        'transaction',
        post(patient('x', { identifier: [{ system: 'urn:k', value: 'new' }] })),
        { resource: patient('old', { active: false }), request: { method: 'PUT', url: 'Patient/old' } },
        { resource: patient('put'), request: { method: 'PUT', url: 'Patient/put' } },
        { request: { method: 'GET', url: 'Patient/missing' } },
      ),
    )
    expect([answer.status, issueCode(answer)]).toEqual([404, 'not-found'])
    expect(answer.text).toContain('Entry 3')
    expect((await hospital.ask('GET', '/Patient/old')).text).toBe(before)
    expect((await hospital.search('Patient?active=false')).total).toBe(0)
    expect((await hospital.search('Patient?identifier=urn:k|new')).total).toBe(0)
    expect((await hospital.ask('GET', '/Patient/put')).status).toBe(404)
    expect(hospital.store.count()).toBe(1)
  })

  it('conditional creates find old rows, and two entries with one key make one row', async () => {
    const fresh = patient('x', { identifier: [{ system: 'urn:k', value: 'fresh' }] })
    const answer = await hospital.ask(
      'POST',
      '',
      bundle(
        'transaction',
        post(patient('x'), 'urn:uuid:a', 'identifier=urn:k|old'),
        post(fresh, 'urn:uuid:b', 'identifier=urn:k|fresh'),
        post(fresh, 'urn:uuid:c', 'identifier=urn:k|fresh'),
        post(observation('x', { subject: { reference: 'urn:uuid:a' } })),
        post(observation('x', { subject: { reference: 'urn:uuid:c' } })),
      ),
    )
    expect(responses(answer.body).map(({ status }) => status)).toEqual(['200', '201', '200', '201', '201'])
    expect((await hospital.search('Patient?identifier=urn:k|fresh')).total).toBe(1)
    expect((await hospital.search('Observation?patient=old')).total).toBe(1)
    const only = (await hospital.search('Patient?identifier=urn:k|fresh')).ids[0]
    expect((await hospital.search(`Observation?patient=${asText(only)}`)).total).toBe(1)
  })

  it('resolves conditional references to exactly one resource or fails', async () => {
    const withReference = (value: string): JsonObject =>
      bundle('transaction', post(observation('x', { subject: { reference: `Patient?identifier=urn:k|${value}` } })))
    expect((await hospital.ask('POST', '', withReference('old'))).status).toBe(200)
    expect((await hospital.search('Observation?patient=old')).total).toBe(1)
    expect((await hospital.ask('POST', '', withReference('nobody'))).status).toBe(412)
  })

  it('deletes before it creates and reads last', async () => {
    const answer = await hospital.ask(
      'POST',
      '',
      bundle(
        'transaction',
        { request: { method: 'GET', url: 'Patient?identifier=urn:k|old' } },
        {
          resource: patient('z', { identifier: [{ system: 'urn:k', value: 'old' }] }),
          request: { method: 'PUT', url: 'Patient/z' },
        },
        { request: { method: 'DELETE', url: 'Patient/old' } },
      ),
    )
    const first = isList(answer.body['entry']) ? answer.body['entry'][0] : undefined
    expect(isObject(first) && isObject(first['resource']) && first['resource']['total']).toBe(1)
    expect((await hospital.search('Patient?identifier=urn:k|old')).ids).toEqual(['z'])
  })

  it.each([
    [
      'two entries that write one resource',
      [
        { resource: patient('t'), request: { method: 'PUT', url: 'Patient/t' } },
        { request: { method: 'DELETE', url: 'Patient/t' } },
      ],
    ],
    ['two entries with one fullUrl', [post(patient('x'), 'urn:uuid:a'), post(patient('x'), 'urn:uuid:a')]],
    ['an entry without a request', [{ resource: patient('x') }]],
    ['an entry without a resource', [{ request: { method: 'POST', url: 'Patient' } }]],
    ['a method that is not offered', [{ request: { method: 'PATCH', url: 'Patient/old' } }]],
    ['a conditional delete', [{ request: { method: 'DELETE', url: 'Patient?identifier=urn:k|old' } }]],
    ['an address outside the server', [{ request: { method: 'GET', url: '../admin/fault' } }]],
    ['a POST with an id', [{ resource: patient('old'), request: { method: 'POST', url: 'Patient/old' } }]],
  ])('refuses %s', async (_what, entries) => {
    expect((await hospital.ask('POST', '', bundle('transaction', ...entries))).status).toBe(400)
    expect(hospital.store.count()).toBe(1)
  })
})

it('a batch answers each entry for itself', async () => {
  const answer = await hospital.ask(
    'POST',
    '/',
    bundle(
      'batch',
      post(patient('x')),
      { request: { method: 'GET', url: 'Patient/missing' } },
      { request: { method: 'GET', url: 'Patient/old' } },
      {
        request: { method: 'GET', url: 'Patient?nonsense=1' },
      },
    ),
  )
  expect(answer.status).toBe(200)
  expect(responses(answer.body).map(({ status }) => status)).toEqual(['201', '404', '200', '400'])
  expect(answer.text).toContain('OperationOutcome')
})

it('refuses what is no bundle to run, and more entries than it published', async () => {
  expect((await hospital.ask('POST', '', patient('x'))).status).toBe(400)
  expect((await hospital.ask('POST', '', bundle('collection'))).status).toBe(400)
  const many = Array.from({ length: 5_001 }, () => ({ request: { method: 'GET', url: 'Patient/old' } }))
  const answer = await hospital.ask('POST', '', bundle('batch', ...many))
  expect([answer.status, issueCode(answer)]).toEqual([413, 'too-costly'])
})
