import { beforeAll, describe, expect, it } from 'vitest'
import { holdersOf, searchHeld } from '../../src/labs/index.ts'
import { useDatabase } from '../support/database.ts'
import { OTHER, OWN, pid, SYSTEM, useLabs } from './lab-hub.ts'
import { GLUCOSE, oru } from './messages.ts'

const database = useDatabase()
const labs = useLabs(database)

beforeAll(async () => {
  await labs.sender('DY01')
  await labs.sender('MS01', {}, OTHER)
  await labs.map({ localCode: 'GLU01', item: 'GLU', loinc: '14749-6', unit: 'mmol/l', ucum: 'mmol/L' })
  for (const day of ['20261101', '20261110', '20261120']) {
    const times = { collectedAt: `${day}083000+0800`, changedAt: `${day}110000+0800`, patient: pid(0) }
    await labs.hl7(oru({ ...times, reportNo: `H-${day}`, results: [GLUCOSE, 'ST|X9^x^L||阴性||||||P'] }))
  }
  await labs.hl7(
    oru({ facility: 'MS01', reportNo: 'H-OTHER', patient: pid(0), collectedAt: '20261105080000+0800' }),
    OTHER,
  )
})

const found = async (
  type: 'DiagnosticReport' | 'Observation' | 'Specimen',
  form = {},
  of: { institution?: string; count?: number } = {},
) =>
  await searchHeld(labs.hub.deps, {
    personId: labs.person(0),
    type,
    form,
    count: of.count ?? 100,
    institution: of.institution,
  })

describe('a search of what is held', () => {
  it('finds one person’s results of all hospitals, or of one, newest test first', async () => {
    const all = await found('DiagnosticReport')
    expect(all.map((one) => one.institution)).toEqual([OWN, OWN, OTHER, OWN])
    expect(await found('DiagnosticReport', {}, { institution: OTHER })).toHaveLength(1)
    expect(await found('DiagnosticReport', {}, { count: 2 })).toHaveLength(2)
    expect(await holdersOf(database.db, labs.person(0))).toEqual([OWN, OTHER])
    expect(await holdersOf(database.db, labs.person(1))).toEqual([])
    expect(
      await searchHeld(labs.hub.deps, { personId: labs.person(1), type: 'Observation', form: {}, count: 9 }),
    ).toEqual([])
  })

  it.each<[string, Record<string, string[]>, number]>([
    ['a LOINC code', { code: ['http://loinc.org|14749-6'] }, 3],
    ['a code in any system', { code: ['GLU01'] }, 4],
    ['a local code', { code: [`${SYSTEM}|GLU01`] }, 3],
    ['any code of a system', { code: ['http://loinc.org|'] }, 3],
    ['one of two codes', { code: ['nothing,http://loinc.org|14749-6'] }, 3],
    ['two codes that it has', { code: ['GLU01', 'http://loinc.org|14749-6'] }, 3],
    ['two codes of which it has one', { code: ['GLU01', 'nothing'] }, 0],
    ['a code without a system', { code: ['|GLU01'] }, 0],
    ['a status', { status: ['final'] }, 4],
    ['another status', { status: ['preliminary'] }, 3],
    ['a category', { category: ['laboratory'] }, 7],
    ['a day', { date: ['2026-11-10'] }, 2],
    ['a month', { date: ['2026-11'] }, 7],
    ['a span of days', { date: ['ge2026-11-02', 'le2026-11-10'] }, 3],
    ['days before', { date: ['lt2026-11-05'] }, 2],
    ['days after', { date: ['gt2026-11-10'] }, 2],
    ['another day', { date: ['ne2026-11-10'] }, 5],
    ['an instant', { date: ['2026-11-10T00:30:00Z'] }, 2],
    ['what is no date', { date: ['soon'] }, 0],
    ['several parameters at once', { code: ['GLU01'], date: ['ge2026-11-10'], status: ['final'] }, 2],
    ['a parameter that is not understood', { 'value-quantity': ['5'] }, 0],
    ['nothing in a parameter', { code: [] }, 7],
  ])('by %s', async (_what, form, count) => {
    expect(await found('Observation', form)).toHaveLength(count)
  })

  it('by id and by the number of the report', async () => {
    const [first] = await found('DiagnosticReport', { identifier: ['urn:oid:2.16.156.10011.1.33|H-20261110'] })
    expect(first?.resource['identifier']).toMatchObject([{ value: 'H-20261110' }])
    expect(await found('DiagnosticReport', { _id: [first?.resource.id as string] })).toHaveLength(1)
    expect(await found('Observation', { _id: [first?.resource.id as string] })).toHaveLength(0)
    expect(await found('Specimen')).toHaveLength(4)
    expect(await found('Observation', { _lastUpdated: ['ge2026-11-24'] })).toHaveLength(7)
  })
})
