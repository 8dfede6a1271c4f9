import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFhirJson } from '../../../src/sandbox/hospital/json.ts'
import { isList, isObject, type Json, type JsonObject, type Resource } from '../../../src/sandbox/hospital/types.ts'
import { asText, type RunningHospital, startHospital } from './start-hospital.ts'

/** Records that nobody here made: they show that the hospital keeps what it is given, value for value. */
const DATA = join(process.env['YMT_SHARED_DIR'] ?? '../shared', 'data')
const SYNTHEA = join(DATA, 'synthea')
const EXAMPLES = join(DATA, 'hl7-examples')
const present = existsSync(SYNTHEA) && existsSync(EXAMPLES)

if (!present) {
  if (process.env['CI'] !== undefined) throw new Error(`shared records are missing: ${SYNTHEA}, ${EXAMPLES}`)
  console.warn(`SKIPPED: the shared records are not here (${DATA}); set YMT_SHARED_DIR to their parent folder`)
}

let hospital: RunningHospital
beforeAll(async () => {
  hospital = await startHospital()
})
afterAll(async () => hospital.app.close())

/** What must come back: everything but the id, version and time, which belong to the server. */
function content(resource: JsonObject): JsonObject {
  const { id: _id, meta, ...rest } = resource
  const { versionId: _version, lastUpdated: _time, ...kept } = isObject(meta) ? meta : {}
  return Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept }
}

function entriesOf(bundle: Json): JsonObject[] {
  return isObject(bundle) && isList(bundle['entry']) ? bundle['entry'].filter(isObject) : []
}

function jsonFiles(folder: string): string[] {
  return present ? readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'index.json') : []
}

describe.skipIf(!present)('Synthea transaction bundles', () => {
  it.each(jsonFiles(SYNTHEA))('%s is stored and every resource is read back the same', async (name) => {
    const text = readFileSync(join(SYNTHEA, name), 'utf8')
    const answer = await hospital.ask('POST', '', text)
    expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, ''])
    const sent = entriesOf(parseFhirJson(text))
    const received = entriesOf(answer.body)
    expect(received).toHaveLength(sent.length)

    const locations = received.map((entry) => asText((entry['response'] as JsonObject)['location']))
    let expectedText = text
    for (const [index, entry] of sent.entries()) {
      const address = (locations[index] ?? '').slice(hospital.base.length + 1).replace(/\/_history\/1$/, '')
      // The rewriting is done on the text here, so that it shares nothing with the server's.
      expectedText = expectedText.replaceAll(`"${asText(entry['fullUrl'])}"`, JSON.stringify(address))
    }
    const expected = entriesOf(parseFhirJson(expectedText)).map((entry) => entry['resource'] as Resource)
    const perType = new Map<string, number>()
    const readTexts: string[] = []
    for (const [index, resource] of expected.entries()) {
      const read = await hospital.ask('GET', locations[index] ?? '')
      expect(content(read.body)).toEqual(content(resource))
      readTexts.push(read.text)
      perType.set(resource.resourceType, (perType.get(resource.resourceType) ?? 0) + 1)
    }

    expect(decimalsIn(readTexts.join('\n'))).toEqual(decimalsIn(text))

    const person = locations[expected.findIndex(({ resourceType }) => resourceType === 'Patient')] ?? ''
    const address = person.slice(hospital.base.length + 1).replace(/\/_history\/1$/, '')
    for (const type of ['Encounter', 'Condition', 'Observation', 'DiagnosticReport', 'Immunization', 'Claim']) {
      const found: string[] = []
      let page = await hospital.search(`${type}?patient=${address}&_count=20`)
      for (;;) {
        found.push(...page.ids)
        if (page.next === undefined) break
        page = await hospital.search(page.next)
      }
      expect([type, new Set(found).size]).toEqual([type, perType.get(type) ?? 0])
    }
  })
})

describe.skipIf(!present)('HL7 examples', () => {
  const expectations = new Map<string, string>(
    present
      ? entriesOfIndex(JSON.parse(readFileSync(join(EXAMPLES, 'index.json'), 'utf8')) as Json).map((vector) => [
          asText(vector['file']),
          asText(vector['expected']),
        ])
      : [],
  )

  it.each(jsonFiles(EXAMPLES).filter((name) => expectations.get(name) === 'valid'))(
    '%s is read back the same',
    async (name) => {
      const text = readFileSync(join(EXAMPLES, name), 'utf8')
      const sent = parseFhirJson(text) as Resource
      const written =
        sent.id === undefined
          ? await hospital.ask('POST', `/${sent.resourceType}`, text)
          : await hospital.ask('PUT', `/${sent.resourceType}/${sent.id}`, text)
      expect([written.status, written.status === 201 ? '' : written.text]).toEqual([201, ''])
      const id = sent.id ?? asText(written.body['id'])
      const read = await hospital.ask('GET', `/${sent.resourceType}/${id}`)
      expect(read.body['id']).toBe(id)
      expect(decimalsIn(read.text)).toEqual(decimalsIn(text))
      expect(content(read.body)).toEqual(content(sent))
      expect((await hospital.search(`${sent.resourceType}?_id=${id}`)).ids).toEqual([id])
    },
  )

  it.each(jsonFiles(EXAMPLES).filter((name) => expectations.get(name) !== 'valid'))(
    '%s is faulty: it is refused both as a record and as a transaction, and leaves nothing behind',
    async (name) => {
      const text = readFileSync(join(EXAMPLES, name), 'utf8')
      const before = hospital.store.count()
      expect((await hospital.ask('POST', '/Bundle', text)).status).toBe(400)
      expect((await hospital.ask('POST', '', text)).status).toBe(400)
      expect(hospital.store.count()).toBe(before)
    },
  )
})

function entriesOfIndex(index: Json): JsonObject[] {
  return isObject(index) && isList(index['vectors']) ? index['vectors'].filter(isObject) : []
}

/** Every number as it is spelt in the text, sorted: the parser under test has no part in this comparison. */
function decimalsIn(text: string): string[] {
  const outsideStrings = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return (outsideStrings.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? []).toSorted()
}
