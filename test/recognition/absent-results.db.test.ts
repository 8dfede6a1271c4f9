import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Resource } from '../../src/sandbox/hospital/types.ts'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { byItem, useDesk } from './desk.ts'

const { hub, decide, report, seeded } = useDesk(useDatabase())
const store = () => {
  const peer = hub.peers[0]
  if (peer === undefined) throw new Error('no hospital')
  return peer.store
}
const resource = (type: string, id: string): Resource => {
  const row = [...store().rowsOf(type)].find((one) => one.id === id)
  if (row === undefined) throw new Error(`no ${type} ${id}`)
  return row.resource
}
/** A report of the first person at the first hospital; results as given. */
const putReport = (id: string, changes: object): void =>
  void store().put({ ...resource('DiagnosticReport', 'r000001-1-SHQT'), id, ...changes } as Resource, id)
const named = (id: string) => ({
  ...report('SHQT'),
  result: { institution: CODES[0], type: 'DiagnosticReport', id },
})
const accept = (...items: string[]) => ({ statements: items.map((item) => ({ item, action: 'accept' })) })

beforeAll(seeded)
afterEach(() => {
  for (const one of hub.peers) one.setFault({ kind: 'none' })
  hub.deps.clock.advance(15_000)
})

describe('a report that lacks what was asked about', () => {
  it('is answered E02 for the ordered item, which is named', async () => {
    const { body } = await decide({ ...report('SHQT'), orderedItem: 'HBA1C' })
    expect(byItem(body.decisions)).toEqual({ HBA1C: 'not-eligible E02' })
    expect(body.decisions[0]).toMatchObject({ resource: 'DiagnosticReport/r000001-1-SHQT' })
  })

  it('is answered E02 without an item for an order that no catalogue knows', async () => {
    const { body } = await decide({ ...report('SHQT'), orderedItem: '510104190002289017' })
    expect(byItem(body.decisions)).toEqual({ none: 'not-eligible E02' })
    const rows = await hub.deps.db.selectFrom('recognition_decision').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain('510104190002289017')
  })

  it('is incomplete (E10) where a laboratory report has no results at all', async () => {
    putReport('empty', { result: undefined })
    expect(byItem((await decide(named('empty'))).body.decisions)).toEqual({ none: 'not-eligible E10' })
    const { body } = await decide({ ...named('empty'), orderedItem: 'GLU' })
    expect(byItem(body.decisions)).toEqual({ GLU: 'not-eligible E10' })
  })

  it('waits for the images (E98) where an imaging report has none', async () => {
    putReport('ct', { result: undefined, code: { coding: [{ system: 'http://loinc.org', code: '24627-2' }] } })
    expect(byItem((await decide(named('ct'))).body.decisions)).toEqual({ 'CT-CHEST': 'pending E98' })
    const goesOn = { item: 'CT-CHEST', action: 'repeat', reason: '98', detail: '影像未获取', informed: 'yes' }
    const { body } = await decide({ ...named('ct'), statements: [goesOn] })
    expect(body.decisions[0]).toMatchObject({ outcome: 'not-recognised', reason: { code: '98' } })
    const other = await decide({ ...named('ct'), orderedItem: 'GLU' })
    expect(byItem(other.body.decisions)).toEqual({ GLU: 'not-eligible E02' })
  })

  it('is taken for an imaging report with its images', async () => {
    putReport('ct-images', {
      result: undefined,
      code: { coding: [{ system: 'http://loinc.org', code: '24627-2' }] },
      imagingStudy: [{ reference: 'ImagingStudy/i1' }],
    })
    expect(byItem((await decide(named('ct-images'))).body.decisions)).toEqual({ 'CT-CHEST': 'recognised' })
  })
})

describe("another house's report", () => {
  const issuer = { performer: [{ identifier: { system: 'urn:x', value: CODES[2] } }] }
  const putCopied = (): void =>
    void store().put(
      { ...resource('Observation', 'o000001-1-SHQT-GLU'), ...issuer, id: 'copied' } as Resource,
      'copied',
    )

  it('is not carried by the marks of the house that has a copy: it waits for its issuer (E97)', async () => {
    putReport('copy', issuer)
    expect(byItem((await decide(named('copy'))).body.decisions)).toEqual({ none: 'pending E97' })
    const ordered = await decide({ ...named('copy'), orderedItem: 'GLU' })
    expect(byItem(ordered.body.decisions)).toEqual({ GLU: 'pending E97' })
    putCopied()
    const alone = await decide({ ...named('copied'), result: { ...named('copied').result, type: 'Observation' } })
    expect(byItem(alone.body.decisions)).toEqual({ none: 'pending E97' })
  })

  it('has no remark in a search of that house', async () => {
    putCopied()
    const response = await hub.app.inject({
      url: `/fhir/Observation?patient=${hub.people[0]?.personId}&_count=200`,
      headers: { authorization: `Bearer ${await hub.token('hospital', CODES[1])}`, 'x-purpose-of-use': 'TREAT' },
    })
    const copy = response
      .json<{ entry: { resource: Resource & { meta?: { tag?: object[] } } }[] }>()
      .entry.map((one) => one.resource)
      .find((one) => one.id?.endsWith('copied'))
    expect(copy).toBeDefined()
    expect(JSON.stringify(copy?.meta?.tag ?? [])).not.toContain('recognition:verdict')
  })
})

describe('a report of which only a part came', () => {
  // One of its results is of another patient at the source and is withheld.
  const putPart = (): void => {
    const other = {
      ...resource('Observation', 'o000001-1-SHQT-GLU'),
      id: 'foreign',
      subject: { reference: 'Patient/p000002' },
    }
    store().put(other as Resource, 'foreign')
    putReport('part', { result: [{ reference: 'Observation/o000001-1-SHQT-K' }, { reference: 'Observation/foreign' }] })
  }

  it('is decided on as far as it came, and the rest waits (E97)', async () => {
    putPart()
    expect(byItem((await decide(named('part'))).body.decisions)).toEqual({ K: 'recognised', none: 'pending E97' })
  })

  it('waits for the ordered item and for the one with a statement', async () => {
    putPart()
    const ordered = await decide({ ...named('part'), orderedItem: 'GLU' })
    expect(byItem(ordered.body.decisions)).toEqual({ GLU: 'pending E97' })
    const stated = await decide({ ...named('part'), ...accept('GLU', 'K') })
    expect(byItem(stated.body.decisions)).toEqual({ K: 'recognised', GLU: 'pending E97' })
    const there = await decide({ ...named('part'), orderedItem: 'K' })
    expect(byItem(there.body.decisions)).toEqual({ K: 'recognised' })
  })

  it('is not called incomplete for a specimen that was withheld', async () => {
    const specimen = {
      ...resource('Specimen', 's000001-1-HBA1C'),
      id: 'foreign-s',
      subject: { reference: 'Patient/p000002' },
    }
    store().put(specimen as Resource, 'foreign-s')
    const own = {
      ...resource('Observation', 'o000001-1-HBA1C-HBA1C'),
      id: 'own',
      specimen: { reference: 'Specimen/foreign-s' },
    }
    store().put(own as Resource, 'own')
    const { body } = await decide({
      ...report('HBA1C'),
      result: { institution: CODES[0], type: 'Observation', id: 'own' },
    })
    expect(byItem(body.decisions)).toEqual({ HBA1C: 'pending E97' })
  })
})

describe('a statement', () => {
  it('about an item that the result lacks is refused and named', async () => {
    const { status, body } = await decide({ ...report('SHQT'), ...accept('K', 'HBA1C') })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'recognition.statement-unmatched', errors: [{ pointer: '/statements/1/item' }] })
    expect(body.errors).toHaveLength(1)
    expect(body.errors?.[0]?.detail).toContain('HBA1C')
  })

  it('about something that is no item is refused without repeating it', async () => {
    const { status, text } = await decide({ ...report('SHQT'), ...accept('510104190002289017') })
    expect(status).toBe(400)
    expect(text).not.toContain('510104190002289017')
  })

  it('counts for its own item only where there is no result to look at', async () => {
    hub.peers[0]?.setFault({ kind: 'status500', on: 'search' })
    const images = { item: 'CT-CHEST', action: 'repeat', reason: '98', detail: '影像未获取', informed: 'yes' }
    const { body } = await decide({
      ...report('SHQT'),
      statements: [images, { item: 'K', action: 'accept' }],
    })
    expect(byItem(body.decisions)).toEqual({ 'CT-CHEST': 'not-recognised E97', K: 'pending E97' })
    const ordered = await decide({ ...report('SHQT'), orderedItem: 'K', statements: [images] })
    expect(ordered.status).toBe(400)
  })
})

it('a hospital that did not know the person a moment ago is asked about a named result all the same', async () => {
  const patient = resource('Patient', 'p000001')
  store().remove('Patient', 'p000001')
  expect(byItem((await decide(report('HBA1C'))).body.decisions)).toEqual({ none: 'not-eligible E01' })
  store().put(patient, 'p000001')
  expect(byItem((await decide(report('HBA1C'))).body.decisions)).toEqual({ HBA1C: 'recognised' })
})

it('a code that leads to no item stands on the list of its hospital, without value or person', async () => {
  const local = { system: 'https://yimatong.example/hospital/lab', code: 'XX-9', display: '某项目' }
  const own = { ...resource('Observation', 'o000001-1-HBA1C-HBA1C'), id: 'unmapped', code: { coding: [local] } }
  store().put(own as Resource, 'unmapped')
  const { body } = await decide({
    ...report('HBA1C'),
    result: { institution: CODES[0], type: 'Observation', id: 'unmapped' },
  })
  expect(byItem(body.decisions)).toEqual({ none: 'not-eligible E02' })
  const rows = await hub.deps.db.selectFrom('mappings_unmapped').selectAll().where('local_code', '=', 'XX-9').execute()
  expect(rows).toMatchObject([{ institution: CODES[0], problem: 'no-mapping', display: '某项目', seen: 1n }])
})
