import { MedplumClient } from '@medplum/core'
import type { AuditEvent, Bundle, CapabilityStatement, FhirResource, Observation } from 'fhir/r4.js'
import { Client } from 'fhir-kit-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validateResource } from '../../src/fhir/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import { sandboxFacts } from '../../src/sandbox/facts.ts'
import { freePorts, type SandboxHospital, startSandboxHospitals } from '../../src/sandbox/index.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

// Two FHIR clients that know nothing of this hub, over real HTTP, against hospitals in processes of their own.
const [port] = await freePorts(1)
const address = `http://127.0.0.1:${port}`
const hospitals: SandboxHospital[] = []
let personId = ''

const hub = useApp(useDatabase(), {
  // The hospitals look at the real clock when the hub signs in there.
  now: new Date().toISOString(),
  env: { YMT_PUBLIC_URL: address },
  seed: async (deps) => {
    const facts = sandboxFacts()
    const few = { ...facts, hospitals: facts.hospitals.slice(0, 2), people: facts.people.slice(0, 4) }
    ;[personId = ''] = await seedPeople(deps, few.people)
    hospitals.push(...(await startSandboxHospitals(deps, few)))
  },
})

beforeAll(async () => {
  await hub.app.listen({ port: port as number, host: '127.0.0.1' })
})
afterAll(async () => {
  for (const { process } of hospitals) await process.stop()
})

const purpose = { 'X-Purpose-Of-Use': 'TREAT' }

/** What the script needs of a client. */
interface FhirClient {
  capabilities(): Promise<CapabilityStatement>
  pages<T extends FhirResource>(type: T['resourceType'], query: Record<string, string>): AsyncIterable<readonly T[]>
  read<T extends FhirResource>(type: T['resourceType'], id: string): Promise<T>
}

function kitClient(bearerToken: string): FhirClient {
  const client = new Client({ baseUrl: `${address}/fhir`, bearerToken, customHeaders: purpose })
  return {
    capabilities: async () => (await client.capabilityStatement()) as unknown as CapabilityStatement,
    async *pages<T extends FhirResource>(resourceType: T['resourceType'], searchParams: Record<string, string>) {
      let page: Bundle | undefined = (await client.search({ resourceType, searchParams })) as unknown as Bundle
      while (page !== undefined) {
        yield (page.entry ?? []).flatMap(({ resource, search }) => (search?.mode === 'match' ? [resource as T] : []))
        page = (await client.nextPage({ bundle: page as never })) as unknown as Bundle | undefined
      }
    },
    read: async <T extends FhirResource>(resourceType: T['resourceType'], id: string) =>
      (await client.read({ resourceType, id })) as unknown as T,
  }
}

function medplumClient(accessToken: string): FhirClient {
  const client = new MedplumClient({ baseUrl: `${address}/`, fhirUrlPath: 'fhir', accessToken, cacheTime: 0 })
  const options = { headers: purpose }
  return {
    capabilities: async () => (await client.get(client.fhirUrl('metadata'), options)) as CapabilityStatement,
    async *pages<T extends FhirResource>(type: T['resourceType'], query: Record<string, string>) {
      for await (const page of client.searchResourcePages(type as 'Observation', query, options)) {
        yield page.filter(({ resourceType }) => (resourceType as string) === type) as unknown as T[]
      }
    },
    read: async <T extends FhirResource>(type: T['resourceType'], id: string) =>
      (await client.readResource(type as 'Observation', id, options)) as unknown as T,
  }
}

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[][]> {
  const all: T[][] = []
  for await (const page of pages) all.push([...page])
  return all
}

describe.each([
  ['fhir-kit-client', kitClient],
  ['@medplum/core', medplumClient],
])('%s', (_name, open) => {
  const connect = async (role: 'hospital' | 'supervisor' = 'hospital') => {
    const { authorization } = await hub.token(role, { city: '510600' })
    return open(authorization.slice('Bearer '.length))
  }

  it('searches, turns the pages, reads a record, and finds in the audit log that it did', {
    timeout: 60_000,
  }, async () => {
    const client = await connect()
    const { rest } = await client.capabilities()
    expect(rest?.[0]?.resource?.map(({ type }) => type)).toEqual(expect.arrayContaining(['AuditEvent', 'Observation']))

    const pages = await collect(client.pages<Observation>('Observation', { patient: personId, _count: '10' }))
    const found = pages.flat()
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.slice(0, -1).every((page) => page.length === 10)).toBe(true)
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
    expect(new Set(found.map(({ meta }) => meta?.source)).size).toBe(hospitals.length)
    for (const one of found) expect(validateResource(one)).toEqual([])

    const [first] = found
    const again = await client.read<Observation>('Observation', first?.id ?? '')
    expect([again.id, again.code, again.valueQuantity]).toEqual([first?.id, first?.code, first?.valueQuantity])

    const log = (await collect(client.pages<AuditEvent>('AuditEvent', { patient: personId, _count: '5' }))).flat()
    for (const one of log) expect(validateResource(one)).toEqual([])
    const kinds = log.map(({ subtype }) => subtype?.[0]?.code)
    expect(kinds).toEqual(expect.arrayContaining(['search-type', 'read']))
    // One search: what came in, and one event for each hospital that was asked, under the id of one request.
    const request = (event: AuditEvent) =>
      event.entity?.find(({ type }) => type?.code === 'XrequestId')?.what?.identifier?.value
    const byRequest = Map.groupBy(
      log.filter((one) => one.action === 'E'),
      request,
    )
    expect([...byRequest.values()].some((events) => events.length === 1 + hospitals.length)).toBe(true)
  })

  it('is refused a record with its health authority’s token, and is told so in FHIR', async () => {
    const client = await connect('supervisor')
    await expect(collect(client.pages<Observation>('Observation', { patient: personId }))).rejects.toThrow(
      /forbidden|403|role/i,
    )
    const events = (await collect(client.pages<AuditEvent>('AuditEvent', { patient: personId }))).flat()
    expect(events.length).toBeGreaterThan(0)
  })

  it('is told which parameter is not supported', async () => {
    const client = await connect()
    const search = collect(client.pages<Observation>('Observation', { patient: personId, colour: 'red' }))
    await expect(search).rejects.toThrow(/colour|400|not supported/)
  })
})
