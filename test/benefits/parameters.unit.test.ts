import { describe, expect, test } from 'vitest'
import {
  createParameterBook,
  type ParameterKey,
  type ParameterRow,
  type ParameterValue,
  readAccumulators,
  readShares,
  replay,
  SAMPLE_PARAMETERS,
  writeAccumulators,
  writeShares,
} from '../../src/benefits/index.ts'
import { claim, settle } from './support.ts'

const row = (change: Partial<ParameterRow> = {}): ParameterRow => ({
  id: 'r1',
  version: 1,
  city: '510100',
  insutype: '310',
  psnType: '*',
  medType: '*',
  hospLv: '*',
  diseCodg: '*',
  item: 'cap',
  value: '100.00',
  effectiveFrom: '2026-01-01',
  effectiveTo: null,
  sourceDocument: 'test',
  verified: false,
  note: '',
  ...change,
})

const asked: ParameterKey = {
  city: '510100',
  insutype: '310',
  psnType: '11',
  medType: '11',
  hospLv: '3',
  diseCodg: '*',
  item: 'cap',
}

const found = (date: string, ...rows: ParameterRow[]) => createParameterBook(rows).on(date).find(asked)?.id

describe('the parameter book', () => {
  test('finds the row of a day, the first and the last day of its force included', () => {
    const rows = [row({ id: 'old', effectiveTo: '2026-06-30' }), row({ id: 'new', effectiveFrom: '2026-07-01' })]
    expect(found('2025-12-31', ...rows)).toBeUndefined()
    expect(found('2026-01-01', ...rows)).toBe('old')
    expect(found('2026-06-30', ...rows)).toBe('old')
    expect(found('2026-07-01', ...rows)).toBe('new')
  })

  test('finds nothing for another city, insurance, item, person, care or level', () => {
    for (const change of [
      { city: '510600' },
      { insutype: '390' },
      { item: 'deductible' as const },
      { psnType: '12' },
      { medType: '41' },
      { hospLv: '2' },
      { diseCodg: 'M00500' },
    ]) {
      expect(found('2026-03-01', row(change))).toBeUndefined()
    }
  })

  test('prefers the special row: disease over level over person over kind of care', () => {
    const general = row({ id: 'general' })
    const care = row({ id: 'care', medType: '11' })
    const person = row({ id: 'person', psnType: '11' })
    const level = row({ id: 'level', hospLv: '3' })
    const disease = row({ id: 'disease', diseCodg: 'M00500' })
    expect(found('2026-03-01', general, care, person, level)).toBe('level')
    expect(found('2026-03-01', general, care, person)).toBe('person')
    expect(found('2026-03-01', general, care)).toBe('care')
    const ofDisease = createParameterBook([general, care, person, level, disease]).on('2026-03-01')
    expect(ofDisease.find({ ...asked, diseCodg: 'M00500' })?.id).toBe('disease')
  })

  test('prefers the later policy, then its later version, in any order of loading', () => {
    const early = row({ id: 'early', version: 9 })
    const later = row({ id: 'later', effectiveFrom: '2026-02-01' })
    const corrected = row({ id: 'corrected', effectiveFrom: '2026-02-01', version: 2 })
    expect(found('2026-03-01', early, later, corrected)).toBe('corrected')
    expect(found('2026-03-01', corrected, later, early)).toBe('corrected')
    expect(found('2026-01-15', corrected, later, early)).toBe('early')
  })

  test('an empty special row is not replaced by a general one', () => {
    const empty = row({ id: 'empty', hospLv: '3', value: null })
    expect(found('2026-03-01', row(), empty)).toBe('empty')
  })

  test('gives the same figures for the same question, however many others were asked', () => {
    const book = createParameterBook(SAMPLE_PARAMETERS)
    const question = {
      city: '510100',
      treatmentCity: '510100',
      insutype: '310',
      psnClass: '11',
      medType: '21',
      hospLv: '3',
      diseCodg: null,
      laterStay: false,
      aboveCap: false,
      account: false,
      civilServant: false,
      supplement: false,
      aid: null,
    }
    const first = book.policy(question, '2026-05-20')
    expect(book.policy({ ...question }, '2026-05-20')).toBe(first)
    for (let n = 0; n < 10_001; n++) book.policy({ ...question, diseCodg: `D${n}` }, '2026-05-20')
    expect(book.policy(question, '2026-05-20')).toEqual(first)
    expect(book.policy({ ...question, hospLv: '2' }, '2026-05-20')).not.toEqual(first)
  })

  test('says how many rows and which day it holds', () => {
    const book = createParameterBook(SAMPLE_PARAMETERS)
    expect(book.size).toBe(SAMPLE_PARAMETERS.length)
    expect(book.on('2026-03-01').date).toBe('2026-03-01')
  })
})

describe('policy rows that are refused at loading', () => {
  test.each<[string, Partial<ParameterRow>]>([
    ['an impossible first day', { effectiveFrom: '2026-02-30' }],
    ['an impossible last day', { effectiveTo: 'never' }],
    ['an unknown item', { item: 'generosity' as 'cap' }],
    ['a cap that is no text', { value: 5 as unknown as ParameterValue }],
    ['a cap that is no amount', { value: 'much' }],
    ['a negative cap', { value: '-1.00' }],
    ['a ratio that is one figure', { item: 'ratio', value: '0.5' }],
    ['a ratio without steps', { item: 'ratio', value: [] }],
    ['a step without a bound', { item: 'ratio', value: [{ ratio: '0.5' }] as unknown as ParameterValue }],
    ['a step without a ratio', { item: 'ratio', value: [{ upTo: null }] as unknown as ParameterValue }],
    ['a ratio above one', { item: 'ratio', value: [{ upTo: null, ratio: '1.0001' }] }],
    ['a last step that is closed', { item: 'ratio', value: [{ upTo: '5.00', ratio: '0.5' }] }],
    [
      'a step after the open one',
      {
        item: 'ratio',
        value: [
          { upTo: null, ratio: '0.5' },
          { upTo: '5.00', ratio: '0.6' },
        ],
      },
    ],
    [
      'steps that do not rise',
      {
        item: 'ratio',
        value: [
          { upTo: '5.00', ratio: '0.5' },
          { upTo: '5.00', ratio: '0.6' },
          { upTo: null, ratio: '0.7' },
        ],
      },
    ],
    ['a factor that is one figure', { item: 'cross_city_factor', value: '1.0000' }],
    ['a factor that is no text', { item: 'cross_city_factor', value: { '510600': 1 } as unknown as ParameterValue }],
    ['a factor that is empty', { item: 'cross_city_factor', value: '' }],
    ['a factor above one', { item: 'cross_city_factor', value: { '510600': '1.5' } }],
    ['a later stay that is one figure', { item: 'later_stay', value: '0.5' }],
    ['a later stay without a floor', { item: 'later_stay', value: { minus: '100.00' } }],
    ['a later stay with more than the whole', { item: 'later_stay', value: { ratio: '1.5' } }],
    ['a factor outside that lacks a case', { item: 'outside_factor', value: { filed: '0.9', emergency: '0.9' } }],
    [
      'a factor outside with a case too many',
      { item: 'outside_factor', value: { filed: '0.9', emergency: '0.9', unfiled: '0.7', x: '1' } },
    ],
    ['a deductible that is none', { item: 'deductible', value: 'none' }],
    ['a step that is no object', { item: 'ratio', value: [null] as unknown as ParameterValue }],
    ['a scope that is no list', { item: 'acct_scope', value: 'inscp' }],
    ['a scope with an unknown part', { item: 'acct_scope', value: ['inscp', 'parking'] }],
    ['a scope with a part twice', { item: 'acct_scope', value: ['inscp', 'inscp'] }],
  ])('%s', (_, change) => {
    expect(() => createParameterBook([row(change)])).toThrow(/^parameter r1 /)
  })

  test('but steps that rise to an open end are loaded and paid step by step', () => {
    const steps: ParameterValue = [
      { upTo: '100.00', ratio: '0.5' },
      { upTo: '200.00', ratio: '0.6' },
      { upTo: null, ratio: '0.7' },
    ]
    const book = createParameterBook(
      SAMPLE_PARAMETERS.map((each) => (each.item === 'ratio' ? { ...each, value: steps } : each)),
    )
    const { shares, segments, trace } = settle(claim('500'), book)
    expect(shares.hifpPay).toBe(18_000n)
    expect(segments.map((segment) => segment.pay)).toEqual([5_000n, 6_000n, 7_000n])
    expect(replay(trace).shares).toEqual(shares)
  })

  test('but a cap may be none, which is what a source says and not what is missing', () => {
    expect(createParameterBook([row({ value: 'none' })]).size).toBe(1)
  })

  test('but an empty value is not malformed', () => {
    expect(createParameterBook([row({ value: null })]).size).toBe(1)
  })
})

describe('the sample parameters', () => {
  test('are all unverified, name a source, have distinct ids, and cover four cities alike', () => {
    expect(SAMPLE_PARAMETERS.every((each) => !each.verified && each.sourceDocument !== '')).toBe(true)
    expect(new Set(SAMPLE_PARAMETERS.map((each) => each.id)).size).toBe(SAMPLE_PARAMETERS.length)
    const byCity = Map.groupBy(SAMPLE_PARAMETERS, (each) => each.city)
    expect([...byCity.keys()]).toEqual(['510100', '510600', '511400', '512000'])
    expect(new Set([...byCity.values()].map((rows) => rows.length)).size).toBe(1)
  })
})

describe('amounts as text', () => {
  test('are read back as they were written', () => {
    const { shares, movements } = settle(claim('1234.56'))
    expect(readShares(writeShares(shares))).toEqual(shares)
    expect(readAccumulators(writeAccumulators(movements))).toEqual(movements)
    expect(writeShares(shares)).toMatchObject({ medfeeSumamt: '1234.56', poolPropSelfpay: '0.5000' })
  })
})
