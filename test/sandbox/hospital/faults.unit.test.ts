import { performance } from 'node:perf_hooks'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { issueCode, observation, patient, type RunningHospital, startHospital } from './start-hospital.ts'

let hospital: RunningHospital
beforeAll(async () => {
  hospital = await startHospital({
    admin: true,
    resources: [
      patient('p1'),
      patient('p2'),
      observation('o1'),
      observation('o2', { subject: { reference: 'Patient/p2' } }),
      { resourceType: 'Procedure', id: 'x1', status: 'completed', subject: { reference: 'Patient/p1' } },
    ],
  })
})
afterEach(() => hospital.setFault({ kind: 'none' }))
afterAll(async () => hospital.app.close())

const read = () => hospital.ask('GET', '/Patient/p1')

describe('a hospital that misbehaves', () => {
  it('slow: answers rightly, but late', async () => {
    hospital.setFault({ kind: 'slow', ms: 150 })
    const before = performance.now()
    expect((await read()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThanOrEqual(145)
  })

  it('hang: sends nothing until the client gives up', async () => {
    hospital.setFault({ kind: 'hang' })
    await expect(fetch(`${hospital.base}/Patient/p1`, { signal: AbortSignal.timeout(150) })).rejects.toThrow(/timeout/)
  })

  it('status500: is an outcome', async () => {
    hospital.setFault({ kind: 'status500' })
    const answer = await read()
    expect([answer.status, issueCode(answer)]).toEqual([500, 'exception'])
  })

  it.each([
    ['half', false],
    ['html', false],
    ['not-fhir', true],
    ['list', true],
  ] as const)('garbage (%s): is 200 and no FHIR resource', async (form, parses) => {
    hospital.setFault({ kind: 'garbage', form })
    const response = await fetch(`${hospital.base}/Patient/p1`)
    const text = await response.text()
    expect(response.status).toBe(200)
    if (parses) expect(JSON.parse(text)).not.toHaveProperty('resourceType')
    else expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
  })

  it('huge: sends more than a client should read, at the pace of the client, and ends as asked', async () => {
    hospital.setFault({ kind: 'huge' })
    const response = await fetch(`${hospital.base}/Patient/p1`)
    const reader = response.body?.getReader()
    let bytes = 0
    while (bytes < 5_000_000) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) break
      bytes += chunk.value.byteLength
    }
    await reader?.cancel()
    expect(bytes).toBeGreaterThanOrEqual(5_000_000)
    hospital.setFault({ kind: 'huge', bytes: 200_000 })
    const bounded = await read()
    expect(bounded.text.length).toBeGreaterThan(200_000)
    expect(bounded.body['resourceType']).toBe('Bundle')
  })

  it('foreign-next-link: a good page whose next link names another host', async () => {
    hospital.setFault({ kind: 'foreign-next-link', url: 'http://127.0.0.1:9/steal' })
    expect(await hospital.search('Observation?patient=p1')).toMatchObject({
      ids: ['o1'],
      next: 'http://127.0.0.1:9/steal',
    })
  })

  it('wrong-patient: a record of somebody else under the right question', async () => {
    hospital.setFault({ kind: 'wrong-patient' })
    expect((await hospital.search('Observation?patient=p1')).ids).toEqual(['o2'])
    expect((await hospital.ask('GET', '/Observation/o1')).body['subject']).toEqual({ reference: 'Patient/p2' })
    expect((await read()).body['id']).toBe('p2')
    expect((await hospital.ask('GET', '/Procedure/x1')).body['subject']).toEqual({ reference: 'Patient/somebody-else' })
  })

  it('reset: drops the connection', async () => {
    hospital.setFault({ kind: 'reset' })
    await expect(fetch(`${hospital.base}/Patient/p1`)).rejects.toThrow('fetch failed')
  })
})

it('a fault holds for its kind of request only, and none takes it away', async () => {
  hospital.setFault({ kind: 'status500', on: 'search' })
  hospital.setFault({ kind: 'status500', on: 'create' })
  expect((await read()).status).toBe(200)
  expect((await hospital.ask('GET', '/Patient')).status).toBe(500)
  hospital.setFault({ kind: 'none', on: 'search' })
  expect((await hospital.ask('GET', '/Patient')).status).toBe(200)
  expect((await hospital.ask('POST', '/Patient', patient('x'))).status).toBe(500)
})

describe('POST /admin/fault', () => {
  const admin = (target: RunningHospital, body: unknown) =>
    target.ask('POST', new URL('/admin/fault', target.base).href, body)

  it('switches faults while the server runs', async () => {
    expect((await admin(hospital, { kind: 'status500', on: 'read' })).status).toBe(204)
    expect((await read()).status).toBe(500)
    expect((await admin(hospital, { kind: 'none' })).status).toBe(204)
    expect((await read()).status).toBe(200)
  })

  it.each([
    [{ kind: 'explode' }],
    [{}],
    [{ kind: 'slow', ms: -1 }],
    [{ kind: 'slow', on: 'x' }],
    [{ kind: 'slow', more: 1 }],
    [[]],
  ])('refuses %j', async (fault) => {
    expect((await admin(hospital, fault)).status).toBe(400)
  })

  it('does not exist unless asked for', async () => {
    const plain = await startHospital()
    expect((await admin(plain, { kind: 'slow' })).status).toBe(404)
    await plain.app.close()
  })
})

it('closes at once though a request hangs and another is slow', async () => {
  const other = await startHospital({
    faults: [
      { kind: 'hang', on: 'read' },
      { kind: 'slow', ms: 60_000, on: 'search' },
    ],
  })
  const waiting = [fetch(`${other.base}/Patient/p1`), fetch(`${other.base}/Patient`)].map((request) =>
    request.then(
      ({ status }) => status,
      () => 'cut',
    ),
  )
  await new Promise((resolve) => setTimeout(resolve, 50))
  const before = performance.now()
  await other.app.close()
  expect(performance.now() - before).toBeLessThan(2_000)
  expect((await Promise.all(waiting))[0]).toBe('cut')
})
