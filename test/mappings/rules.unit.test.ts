import { describe, expect, it } from 'vitest'
import { readUnit } from '../../src/mappings/read-unit.ts'
import { chooseMapping, differences, isSecondPerson, keyOf, problemsOf, takesOver } from '../../src/mappings/rules.ts'
import type { CodeMapping, LocalResultCode, MappingDraft } from '../../src/mappings/types.ts'
import { isUcum } from '../../src/mappings/ucum.ts'

const DAY = '2026-11-24'
const mapping = (of: Partial<CodeMapping> = {}): CodeMapping => ({
  institution: 'H51060300001',
  laboratory: null,
  localSystem: 'urn:test:codes',
  localCode: 'GLU01',
  specimen: null,
  method: null,
  item: 'GLU',
  loinc: '14749-6',
  unit: 'mmol/l',
  ucum: 'mmol/L',
  factor: null,
  rangeSource: null,
  version: 1,
  from: '2026-01-01',
  to: null,
  ...of,
})
const result = (of: Partial<LocalResultCode> = {}): LocalResultCode => ({
  laboratory: 'MAIN',
  localSystem: 'urn:test:codes',
  localCode: 'GLU01',
  specimen: 'SER',
  method: 'HK',
  ...of,
})
const chosen = (mappings: CodeMapping[], of: Partial<LocalResultCode> = {}, day = DAY) => {
  const choice = chooseMapping(mappings, result(of), day)
  return choice.kind === 'mapped' ? choice.mapping.item : choice.kind
}

describe('the mapping of a local code', () => {
  it('is found by system and code, and by nothing that merely looks alike', () => {
    expect(chosen([mapping()])).toBe('GLU')
    expect(chosen([mapping({ localSystem: 'urn:other' })])).toBe('no-mapping')
    expect(chosen([mapping({ localCode: 'glu01' })])).toBe('no-mapping')
  })

  it('is the one that names more of laboratory, specimen and method, whatever the order', () => {
    const rows = [
      mapping({ item: 'ANY' }),
      mapping({ item: 'SERUM', specimen: 'SER' }),
      mapping({ item: 'OTHER', specimen: 'UR' }),
    ]
    expect(chosen(rows)).toBe('SERUM')
    expect(chosen(rows.toReversed())).toBe('SERUM')
    expect(chosen(rows, { specimen: 'UR' })).toBe('OTHER')
    expect(chosen(rows, { specimen: 'CSF' })).toBe('ANY')
    expect(chosen([rows[1]!], { specimen: null })).toBe('no-mapping')
  })

  it('is ambiguous where two fit equally and say different things', () => {
    const rows = [mapping({ item: 'A', specimen: 'SER' }), mapping({ item: 'B', method: 'HK' })]
    expect(chosen(rows)).toBe('ambiguous')
    expect(chosen([mapping({ specimen: 'SER' }), mapping({ method: 'HK' })])).toBe('GLU')
    expect(chosen([...rows, mapping({ item: 'C', specimen: 'SER', method: 'HK' })])).toBe('C')
  })

  it('is the one of the day of the test, both ends included', () => {
    const rows = [mapping({ item: 'OLD', to: '2026-06-30' }), mapping({ item: 'NEW', from: '2026-07-01', version: 2 })]
    expect([chosen(rows, {}, '2026-06-30'), chosen(rows, {}, '2026-07-01')]).toEqual(['OLD', 'NEW'])
    expect(chosen(rows, {}, '2025-12-31')).toBe('no-mapping')
  })
})

describe('a reported unit', () => {
  it('is read by its mapping, in whatever width it is written', () => {
    expect(readUnit(mapping(), '5.60', 'mmol/l')).toEqual({ value: '5.60', ucum: 'mmol/L' })
    expect(readUnit(mapping({ unit: 'μmol/L', ucum: 'umol/L' }), '80', 'µmol／L')).toEqual({
      value: '80',
      ucum: 'umol/L',
    })
  })

  it('leads from mass to amount of substance by the confirmed factor alone', () => {
    expect(readUnit(mapping({ unit: 'mg/dl', factor: '0.05551' }), '100', 'mg/dl')).toEqual({
      value: '5.55100',
      ucum: 'mmol/L',
    })
  })

  it('that is missing or another one is a problem, never one to one', () => {
    expect(readUnit(mapping(), '5.6', null)).toEqual({ problem: 'unit-missing' })
    expect(readUnit(mapping(), '5.6', ' ')).toEqual({ problem: 'unit-missing' })
    expect(readUnit(mapping(), '5.6', 'mg/dl')).toEqual({ problem: 'unit-unknown' })
    expect(readUnit(mapping(), '5.6', 'MMOL/L')).toEqual({ problem: 'unit-unknown' })
    expect(readUnit(mapping({ unit: null, ucum: null }), '5.6', null)).toEqual({ problem: 'unit-missing' })
    expect(readUnit(mapping({ unit: null, ucum: null }), '5.6', 'g')).toEqual({ problem: 'unit-unknown' })
    expect(readUnit(mapping({ factor: '2' }), 'five', 'mmol/l')).toEqual({ problem: 'unit-unknown' })
  })

  it('may be left away where two persons confirmed a pure number', () => {
    expect(readUnit(mapping({ unit: null, ucum: '1' }), '1.02', null)).toEqual({ value: '1.02', ucum: '1' })
  })
})

describe('a draft', () => {
  const { institution: _1, version: _2, ...base } = mapping()
  const problems = (of: Partial<MappingDraft>) =>
    problemsOf({ ...base, display: null, ...of }, isUcum).map((one) => one.field)

  it('is fine with an item, a LOINC code or both', () => {
    expect(problems({})).toEqual([])
    expect(problems({ item: null })).toEqual([])
    expect(problems({ loinc: null, unit: null, ucum: null })).toEqual([])
    expect(problems({ unit: null, ucum: '{ratio}' })).toEqual([])
    expect(problems({ unit: 'mg/dl', factor: '0.05551' })).toEqual([])
  })

  it.each<[string, Partial<MappingDraft>, string[]]>([
    ['leads nowhere', { item: null, loinc: null }, ['item']],
    ['has a LOINC code with a wrong check digit', { loinc: '14749-5' }, ['loinc']],
    ['has a LOINC code of another form', { loinc: 'glucose' }, ['loinc']],
    ['has a unit that is none', { ucum: 'IU/L' }, ['ucum']],
    ['does not say what its unit is', { ucum: null }, ['ucum']],
    ['gives an unwritten unit a dimension', { unit: null, ucum: 'mmol/L' }, ['unit']],
    ['has a factor without a unit', { unit: null, ucum: '1', factor: '2' }, ['factor']],
    ['has a factor of zero', { factor: '0.000' }, ['factor']],
    ['ends before it begins', { to: '2025-12-31' }, ['to']],
  ])('that %s is refused', (_what, of, expected) => {
    expect(problems(of)).toEqual(expected)
  })

  it('differs from a row by named fields', () => {
    const draft = { ...base, display: null }
    expect(differences(draft, draft)).toEqual([])
    expect(differences({ ...draft, unit: 'mg/dl', factor: '0.05551' }, draft)).toEqual([
      { field: 'unit', before: 'mmol/l', after: 'mg/dl' },
      { field: 'factor', before: null, after: '0.05551' },
    ])
  })

  it('has a key of all five parts', () => {
    const keys = [
      result(),
      result({ laboratory: null }),
      result({ specimen: null }),
      result({ method: null }),
      result({ localCode: 'x' }),
    ]
    expect(new Set(keys.map(keyOf)).size).toBe(5)
  })
})

describe('the second person', () => {
  const first = { clientId: 'his', officer: 'lab-1' }
  it('is another client and another officer', () => {
    expect(isSecondPerson({ clientId: 'qc', officer: 'lab-2' }, first)).toBe(true)
    expect(isSecondPerson({ clientId: 'his', officer: 'lab-2' }, first)).toBe(false)
    expect(isSecondPerson({ clientId: 'qc', officer: 'LAB-1' }, first)).toBe(false)
  })
})

describe('a mapping that takes over where another one is taken away', () => {
  const narrow = mapping({ item: 'NARROW', specimen: 'SER' })

  it('is a broader one of the same code that says otherwise', () => {
    expect(takesOver(mapping({ item: 'ANY' }), narrow)).toBe(true)
    expect(takesOver(mapping({ item: 'NARROW' }), narrow)).toBe(false)
  })

  it('is none of another code or another code system', () => {
    expect(takesOver(mapping({ item: 'ANY', localCode: 'K01' }), narrow)).toBe(false)
    expect(takesOver(mapping({ item: 'ANY', localSystem: 'urn:other' }), narrow)).toBe(false)
  })

  it('is one that can meet it: for the same part, or for one that the other leaves open', () => {
    expect(takesOver(mapping({ item: 'SAME', specimen: 'SER' }), narrow)).toBe(true)
    expect(takesOver(mapping({ item: 'URINE', specimen: 'UR' }), narrow)).toBe(false)
    expect(takesOver(mapping({ item: 'METHOD', method: 'HK' }), narrow)).toBe(true)
    expect(takesOver(mapping({ item: 'CLOSER', specimen: 'SER', method: 'HK' }), narrow)).toBe(false)
  })
})
