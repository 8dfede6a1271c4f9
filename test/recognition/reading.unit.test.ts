import { describe, expect, it } from 'vitest'
import type { Resource } from '../../src/fhir/index.ts'
import type { CodeMapping } from '../../src/mappings/index.ts'
import { convertible } from '../../src/recognition/convertible.ts'
import { readFacts } from '../../src/recognition/read-facts.ts'
import { arrangeCatalogue } from '../../src/recognition/register.ts'
import { resolveOrder } from '../../src/recognition/resolve-order.ts'
import { DEYANG, item } from './facts.ts'

const LOCAL = 'https://hospital.example/lab'
const mapping = (changes: Partial<CodeMapping>): CodeMapping => ({
  institution: 'H51010400001',
  laboratory: null,
  localSystem: LOCAL,
  localCode: 'K1',
  specimen: null,
  method: null,
  item: 'K',
  loinc: null,
  unit: null,
  ucum: null,
  factor: null,
  rangeSource: null,
  version: 1,
  from: '2020-01-01',
  to: null,
  ...changes,
})
const catalogue = arrangeCatalogue({
  items: [item('K'), item('GLU'), item('NA')],
  scopes: [],
  panels: [
    {
      code: 'ION',
      version: 1,
      name: '电解质',
      members: ['K', 'NA'],
      source: 's',
      verified: false,
      from: '2020-01-01',
      to: null,
    },
  ],
  negatives: [],
  reasons: [],
  policies: [],
})
const byCode = (rows: readonly CodeMapping[]) => Map.groupBy(rows, (one) => `${one.localSystem}|${one.localCode}`)

const SPECIMEN = { resourceType: 'Specimen', id: 's1', type: { coding: [{ code: 'SER' }] } } as Resource
const observation = (changes: object): Resource =>
  ({
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    code: { coding: [{ system: LOCAL, code: 'K1' }] },
    effectiveDateTime: '2026-03-01T08:00:00+08:00',
    specimen: { reference: 'Specimen/s1' },
    valueQuantity: { value: 4.1, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    referenceRange: [{}],
    ...changes,
  }) as Resource
const read = (resource: Resource, rows: readonly CodeMapping[], today = '2026-03-05') =>
  readFacts(
    { observation: resource, specimens: [SPECIMEN], report: undefined },
    { catalogue, mappings: byCode(rows), convertible },
    { today, division: DEYANG },
  )

describe('the code of a result', () => {
  it('leads to the item of its confirmed mapping', () => {
    expect(read(observation({}), [mapping({})])).toMatchObject({ itemCode: 'K', facts: { mapping: 'confirmed' } })
  })

  it('leads nowhere without one, or with one of another code', () => {
    expect(read(observation({}), []).facts.mapping).toBe('none')
    expect(read(observation({}), [mapping({ localCode: 'K2' })]).facts.mapping).toBe('none')
  })

  it('means what it meant on the day of the test, also after a change of systems', () => {
    const rows = [mapping({ to: '2026-02-28' }), mapping({ version: 2, item: 'GLU', from: '2026-03-01' })]
    expect(read(observation({}), rows).itemCode).toBe('GLU')
    expect(read(observation({ effectiveDateTime: '2026-02-28' }), rows).itemCode).toBe('K')
  })

  it('is ambiguous where LOINC and the mapping say two things', () => {
    const both = observation({
      code: {
        coding: [
          { system: LOCAL, code: 'K1' },
          { system: 'http://loinc.org', code: '2345-7' },
        ],
      },
    })
    expect(read(both, [mapping({})]).facts.mapping).toBe('ambiguous')
  })

  it('is told apart by its specimen', () => {
    const rows = [mapping({ specimen: 'UR', item: 'NA' }), mapping({ specimen: 'SER' })]
    expect(read(observation({}), rows).itemCode).toBe('K')
  })
})

describe('the unit of a result', () => {
  const withUnit = (quantity: object) => observation({ valueQuantity: { value: 4.1, ...quantity } })

  it.each([
    ['as the catalogue has it', { system: 'http://unitsofmeasure.org', code: 'mmol/L' }, [mapping({})], 'confirmed'],
    ['that UCUM converts', { system: 'http://unitsofmeasure.org', code: 'umol/L' }, [mapping({})], 'confirmed'],
    ['of the equivalent of nothing', { system: 'http://unitsofmeasure.org', code: 'g/L' }, [mapping({})], 'unit'],
    ['spelled as the laboratory likes', { unit: '毫摩尔/升' }, [mapping({})], 'unit'],
    [
      'spelled so, with a mapping',
      { unit: '毫摩尔/升' },
      [mapping({ unit: '毫摩尔/升', ucum: 'mmol/L' })],
      'confirmed',
    ],
    ['of another spelling than mapped', { unit: 'meq' }, [mapping({ unit: '毫摩尔/升', ucum: 'mmol/L' })], 'unit'],
    ['that UCUM does not know', { system: 'http://unitsofmeasure.org', code: 'constructor' }, [mapping({})], 'unit'],
  ] as const)('%s', (_name, quantity, rows, expected) => {
    expect(read(withUnit(quantity), rows).facts.mapping).toBe(expected)
  })

  it('that is missing makes the result incomplete, not unmapped', () => {
    const { facts } = read(withUnit({}), [mapping({})])
    expect(facts).toMatchObject({ mapping: 'confirmed', missing: ['unit'] })
  })

  it('is not looked at in a result that is a text', () => {
    const text = observation({ valueQuantity: undefined, valueString: '阴性' })
    expect(read(text, [mapping({})]).facts).toMatchObject({ mapping: 'confirmed', missing: [] })
  })
})

describe('the day of a result', () => {
  it('is that of collection, also where the report came two days later', () => {
    const late = observation({ issued: '2026-03-03T09:00:00+08:00' })
    expect(read(late, [mapping({})]).facts).toMatchObject({ baseDate: '2026-03-01', baseIsReport: false })
  })

  it('is that of the report only where collection is not said', () => {
    const { facts } = read(observation({ effectiveDateTime: undefined, issued: '2026-03-03T23:30:00Z' }), [mapping({})])
    expect(facts).toMatchObject({ baseDate: '2026-03-04', baseIsReport: true, missing: ['collection-time'] })
  })
})

describe('a time that no calendar has', () => {
  it.each([
    '2026-13-45',
    '2026-02-30',
    '2026-02-30T08:00:00+99:00',
    '2026-02',
    '2026',
    '+123456-01-01T00:00:00Z',
    'T',
    '9'.repeat(500),
  ])('%s is no day, and breaks nothing', (effectiveDateTime) => {
    const { facts } = read(observation({ effectiveDateTime }), [mapping({})])
    expect(facts.baseDate).toBeNull()
    expect(facts.mapping).toBe('confirmed')
  })
})

describe('what is about to be ordered', () => {
  const order = (asked: { code: string; system?: string }[], rows: readonly CodeMapping[] = []) =>
    resolveOrder(asked, { catalogue, own: byCode(rows), today: '2026-03-05' }).map((one) => [one.item, one.panel])

  it('is an item, or a panel with a line for each member', () => {
    expect(order([{ code: 'GLU' }, { code: 'ION' }])).toEqual([
      ['GLU', undefined],
      ['K', 'ION'],
      ['NA', 'ION'],
    ])
  })

  it('is a code of the own hospital by its confirmed mapping, to an item or a panel', () => {
    const rows = [mapping({}), mapping({ localCode: 'P1', item: 'ION' })]
    expect(
      order(
        [
          { code: 'K1', system: LOCAL },
          { code: 'P1', system: LOCAL },
        ],
        rows,
      ),
    ).toEqual([
      ['K', undefined],
      ['K', 'ION'],
      ['NA', 'ION'],
    ])
  })

  it('is no item where nothing says so, or two specimens say two things', () => {
    const rows = [mapping({ specimen: 'UR', item: 'NA' }), mapping({ specimen: 'SER' })]
    expect(order([{ code: 'XX' }, { code: 'K9', system: LOCAL }, { code: 'K1', system: LOCAL }], rows)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })
})
