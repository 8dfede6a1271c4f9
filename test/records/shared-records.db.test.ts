import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedPeople } from '../../src/people/index.ts'
import { readHubId } from '../../src/records/hub-id.ts'
import { seedHospitals } from '../../src/records/index.ts'
import { parseFhirJson } from '../../src/sandbox/hospital/json.ts'
import { isList, isObject, type Json, type JsonObject, type Resource } from '../../src/sandbox/hospital/types.ts'
import { ID_NUMBER_SYSTEM } from '../../src/sandbox/lab-records.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useDatabase } from '../support/database.ts'
import { type Peer, startPeer, useExchange } from './exchange.ts'

/**
 * Records that nobody here made. Their patients are invented persons without a Chinese identity number: each gets one
 * of the sandbox generator (born 1900, so nobody's) added to its Patient at the hospital, and the same number is
 * registered at the hub. The records themselves are not touched.
 */
const DATA = join(process.env['YMT_SHARED_DIR'] ?? '../shared', 'data')
const SYNTHEA = join(DATA, 'synthea')
const EXAMPLES = join(DATA, 'hl7-examples')
const present = existsSync(SYNTHEA) && existsSync(EXAMPLES)

if (!present) {
  if (process.env['CI'] !== undefined) throw new Error(`shared records are missing: ${SYNTHEA}, ${EXAMPLES}`)
  console.warn(`SKIPPED: the shared records are not here (${DATA}); set YMT_SHARED_DIR to their parent folder`)
}

const CODE = 'H51010400088'
const hub = useExchange(useDatabase(), { env: { YMT_RECORDS_DEADLINE_MS: '20000' } })
let peer: Peer
/** Person ids in the order of the patients. */
let personIds: readonly string[] = []
let patients: readonly string[] = []

beforeAll(async () => {
  if (!present) return
  peer = await startPeer({ code: CODE, clock: hub.deps.clock, auth: 'none' })
  for (const name of bundles()) {
    const response = await fetch(peer.baseUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: readFileSync(join(SYNTHEA, name), 'utf8'),
    })
    if (response.status !== 200) throw new Error(`${name}: ${response.status}`)
  }
  for (const resource of examples()) peer.store.put(resource, resource.id ?? '')
  // The report of the examples names a patient whose own resource is not among them.
  peer.store.put({ resourceType: 'Patient', id: 'pat2' }, 'pat2')
  const rows = [...peer.store.rowsOf('Patient')]
  const people = generatePeople('shared-records', rows.length)
  patients = rows.map((row) => row.id)
  for (const [index, row] of rows.entries()) {
    const known = row.resource['identifier']
    const identifier = [
      ...(isList(known) ? known : []),
      { system: ID_NUMBER_SYSTEM, value: people[index]?.idNumber ?? '' },
    ]
    peer.store.put({ ...row.resource, identifier }, row.id)
  }
  personIds = await seedPeople(hub.deps, people)
  await seedHospitals(hub.deps, [{ institution: CODE, baseUrl: peer.baseUrl(), auth: { kind: 'none' } }])
  await hub.exchange.refresh()
})
afterAll(async () => {
  if (present) await peer.app.close()
})

/** The HL7 examples of the two types with their patient; the report is a collection of itself and its results. */
function examples(): Resource[] {
  return ['patient-example', 'observation-example', 'diagnosticreport-example'].flatMap((name) => {
    const resource = parseFhirJson(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')) as Resource
    if (resource.resourceType !== 'Bundle') return [resource]
    return isList(resource['entry'])
      ? resource['entry'].filter(isObject).map((entry) => entry['resource'] as Resource)
      : []
  })
}

function bundles(): string[] {
  return present ? readdirSync(SYNTHEA).filter((name) => name.endsWith('.json')) : []
}

/** What must arrive: all but the source tag, which is the hub's. */
function content(resource: JsonObject): JsonObject {
  const { meta, ...rest } = resource
  const { source: _source, ...kept } = isObject(meta) ? meta : {}
  return { ...rest, meta: kept }
}

async function findAll(type: 'Observation' | 'DiagnosticReport', index: number): Promise<Map<string, JsonObject>> {
  const answer = await hub.search(`${type}?patient=${personIds[index] ?? ''}&_count=200`)
  expect([answer.status, answer.outcomes]).toEqual([200, othersNotLinked()])
  // Parsed so that decimals keep their spelling: 6.30 is not 6.3 here.
  const bundle = parseFhirJson(answer.text) as JsonObject
  const entries = isList(bundle['entry']) ? bundle['entry'].filter(isObject) : []
  const found = entries
    .filter((entry) => (entry['search'] as JsonObject)['mode'] === 'match')
    .map((entry) => entry['resource'] as Resource)
  return new Map(
    found.map((one) => {
      const resource = asHeld(one, index) as Resource
      return [resource.id ?? '', content(resource)]
    }),
  )
}

/** With the ids and references that the hospital gave it. */
function asHeld(value: Json | undefined, index: number, name = ''): unknown {
  if (name === 'id' || name === 'reference') return heldName(value as string, index)
  if (isList(value)) return value.map((one) => asHeld(one, index))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asHeld(one, index, key)]))
}

function heldName(name: string, index: number): string {
  if (name === `Patient/${personIds[index] ?? ''}`) return `Patient/${patients[index] ?? ''}`
  const local = name.startsWith(`${peer.baseUrl()}/`) ? name.slice(peer.baseUrl().length + 1) : name
  const [, type = '', id = ''] = /^([A-Za-z]+\/)?(.*)$/.exec(local) ?? []
  const address = readHubId(id)
  return address?.local.kind === 'id' ? `${type}${address.local.id}` : local
}

/** The four generated hospitals do not know these people, and say so. */
const othersNotLinked = () => Object.fromEntries(hub.peers.map((one) => [one.code, 'information/not-found']))

function heldBy(type: string, patientId: string): Map<string, JsonObject> {
  const rows = [...peer.store.rowsByKey(type, 'patient', `ref:Patient/${patientId}`)]
  return new Map(rows.map((row) => [row.id, content(parseFhirJson(row.json) as Json & JsonObject)]))
}

describe.skipIf(!present)('records of others', () => {
  it('every report and observation is found again through /fhir, value for value', async () => {
    const counts = { Observation: 0, DiagnosticReport: 0 }
    for (const [index, patientId] of patients.entries()) {
      for (const type of ['Observation', 'DiagnosticReport'] as const) {
        const held = heldBy(type, patientId)
        const found = await findAll(type, index)
        expect([...found.keys()].sort()).toEqual([...held.keys()].sort())
        for (const [id, resource] of held)
          expect(JSON.stringify(found.get(id))).toBe(JSON.stringify(asHeld(resource, index)))
        counts[type] += found.size
      }
    }
    const example = (type: string) => examples().filter((one) => one.resourceType === type).length
    expect(counts).toEqual({
      Observation: sent('Observation') + example('Observation'),
      DiagnosticReport: sent('DiagnosticReport') + example('DiagnosticReport'),
    })
    expect(counts.Observation).toBeGreaterThan(400)
  })
})

/** How many the bundles hold, counted in their text. */
function sent(type: string): number {
  return bundles().reduce(
    (sum, name) => sum + readFileSync(join(SYNTHEA, name), 'utf8').split(`"resourceType": "${type}"`).length - 1,
    0,
  )
}
