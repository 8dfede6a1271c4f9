import { Client } from 'fhir-kit-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/sandbox/hospital/types.ts'
import { asText, observation, patient, type RunningHospital, readSearch, startHospital } from './start-hospital.ts'

let hospital: RunningHospital
let client: Client
beforeAll(async () => {
  hospital = await startHospital({ resources: [patient('p1'), ...['a', 'b', 'c'].map((id) => observation(id))] })
  client = new Client({ baseUrl: hospital.base })
})
afterAll(async () => hospital.app.close())

it('a public FHIR client reads, creates, searches by both methods and turns pages', async () => {
  expect(await client.capabilityStatement()).toMatchObject({ resourceType: 'CapabilityStatement' })
  expect(await client.read({ resourceType: 'Patient', id: 'p1' })).toMatchObject({ id: 'p1' })
  const first = await client.search({ resourceType: 'Observation', searchParams: { patient: 'p1', _count: 2 } })
  expect(readSearch(first as unknown as JsonObject).ids).toEqual(['a', 'b'])
  const second = await client.nextPage({ bundle: first as never })
  expect(readSearch(second as unknown as JsonObject).ids).toEqual(['c'])
  const posted = await client.search({
    resourceType: 'Observation',
    searchParams: { patient: 'p1' },
    options: { postSearch: true },
  })
  expect(readSearch(posted as unknown as JsonObject).total).toBe(3)
  const created = await client.create({ resourceType: 'Patient', body: patient('x') as never })
  expect(await client.read({ resourceType: 'Patient', id: asText((created as unknown as JsonObject)['id']) })).toEqual(
    created,
  )
  const answer = await client.transaction({
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'DELETE', url: 'Observation/c' } }],
    } as never,
  })
  expect(answer).toMatchObject({ type: 'transaction-response' })
  await expect(client.read({ resourceType: 'Observation', id: 'c' })).rejects.toMatchObject({
    response: { status: 410 },
  })
})
