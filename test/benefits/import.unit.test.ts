import { describe, expect, test } from 'vitest'
import { planImport } from '../../src/benefits/import-parameters.ts'
import { createParameterBook, parameterDifferences, SAMPLE_PARAMETERS } from '../../src/benefits/index.ts'
import { readParameterFile } from '../../src/benefits/read-parameter-file.ts'
import { showDifferences } from '../../src/commands/policy.ts'
import { invented, open } from './support.ts'

const SENT = {
  city: '510100',
  insutype: '310',
  psn_type: '11',
  med_type: '21',
  hosp_lv: '3',
  item: 'deductible',
  value: '850.00',
  effective_from: '2023-01-01',
  source_document: '某文件',
}
const json = (...rows: object[]) => readParameterFile(JSON.stringify({ parameters: rows }), 'json')
const plan = (...rows: object[]) => planImport(json(...rows), SAMPLE_PARAMETERS)

describe('an import of parameters', () => {
  test('makes the next version of a figure that stands, and never touches it', () => {
    const [one] = plan(SENT)
    expect(one).toMatchObject({
      what: 'new-version',
      row: { id: '510100.310.11.21.3.deductible.20230101.v2', version: 2, value: '850.00', verified: false },
      before: { version: 1, value: '800.00' },
    })
  })

  test('adds a figure from another day on, or for a disease', () => {
    expect(plan({ ...SENT, effective_from: '2027-01-01' })[0]).toMatchObject({ what: 'new', row: { version: 1 } })
    expect(plan({ ...SENT, med_type: '14', hosp_lv: undefined, dise_codg: 'M00500' })[0]).toMatchObject({
      what: 'new',
      row: { id: '510100.310.11.14.*.M00500.deductible.20230101.v1', diseCodg: 'M00500' },
    })
  })

  test('leaves what is the same, in whatever order a value names its figures', () => {
    const there = [...SAMPLE_PARAMETERS, invented('later_stay', { minus: '1.00', floor: '2.00' })]
    const row = {
      ...SENT,
      psn_type: '*',
      med_type: '*',
      hosp_lv: '*',
      item: 'later_stay',
      effective_from: '2024-01-01',
      source_document: 'invented',
    }
    expect(planImport(json({ ...row, value: { floor: '2.00', minus: '1.00' } }), there)[0]?.what).toBe('unchanged')
    expect(planImport(json({ ...row, value: { floor: '2.01', minus: '1.00' } }), there)[0]?.what).toBe('new-version')
  })

  test('compares with the latest version, wherever it stands in the list', () => {
    const at = (version: number, value: string) => ({ ...invented('cap', value), version, id: `c${version}` })
    const row = {
      city: '510100',
      insutype: '310',
      item: 'cap',
      effective_from: '2024-01-01',
      source_document: 'invented',
    }
    for (const there of [
      [at(3, '3.00'), at(2, '2.00')],
      [at(2, '2.00'), at(3, '3.00')],
    ]) {
      expect(planImport(json({ ...row, value: '2.00' }), there)[0]).toMatchObject({
        what: 'new-version',
        row: { version: 4 },
      })
      expect(planImport(json({ ...row, value: '3.00' }), there)[0]?.what).toBe('unchanged')
    }
  })

  test('reads CSV with a header: a value may be JSON, an empty one is a figure that is missing', () => {
    const text = `\uFEFFcity,insutype,psn_type,item,value,effective_from,effective_to,source_document,verified,note
510100,310,11,ratio,"[{""upTo"":null,""ratio"":""0.9000""}]",2027-01-01,,某文件,true,
510100,310,,cap,,2027-01-01,2027-12-31,某文件,false,缺失
`
    expect(readParameterFile(text, 'csv')).toMatchObject([
      { psnType: '11', item: 'ratio', value: open('0.9000'), effectiveTo: null, verified: true, note: '' },
      { psnType: '*', item: 'cap', value: null, effectiveTo: '2027-12-31', verified: false, note: '缺失' },
    ])
  })

  test.each<[string, object, string]>([
    ['an unknown column', { ...SENT, luck: 1 }, 'row 1: no such column: luck'],
    ['an unknown item', { ...SENT, item: 'luck' }, 'row 1: item is none of'],
    ['no city', { ...SENT, city: undefined }, 'row 1: city is missing'],
    ['a city that is none', { ...SENT, city: '成都' }, 'row 1: city is not as it must be'],
    ['a key of strange characters', { ...SENT, dise_codg: 'M 1' }, 'row 1: dise_codg is not as it must be'],
    ['no source', { ...SENT, source_document: '' }, 'row 1: source_document is missing'],
    ['a day that is none', { ...SENT, effective_from: '2026-02-30' }, 'row 1: effective_from is no date'],
    ['a last day before the first', { ...SENT, effective_to: '2022-12-31' }, 'row 1: effective_to is before'],
    ['a flag that is none', { ...SENT, verified: 'yes' }, 'row 1: verified is true or false'],
    ['a missing figure that is verified', { ...SENT, value: null, verified: true }, 'row 1: a missing figure'],
    ['an amount that is a number', { ...SENT, value: 850 }, 'row 1: figures are decimal strings'],
    [
      'a ratio above one',
      { ...SENT, item: 'ratio', value: open('1.5') },
      'row 1: a fund never pays more than the whole',
    ],
  ])('%s is told with its row', (_, row, message) => {
    expect(() => plan(row)).toThrow(message)
  })

  test.each([
    ['json', '{', 'the file is no JSON'],
    ['json', '{}', 'the file has no list'],
    ['json', '[]', 'the file has no rows'],
    ['json', '[1]', 'row 1 is no object'],
    ['csv', 'city,luck\n1,2\n', 'the header: no such column: luck'],
    ['csv', '"', 'the file is no CSV'],
    ['csv', 'city,value\n510100,[x\n', 'row 1: value is no JSON'],
  ] as const)('a %s file like %s is refused whole', (format, text, message) => {
    expect(() => readParameterFile(text, format)).toThrow(message)
  })

  test('the same figure twice in a file is refused', () => {
    expect(() => plan(SENT, { ...SENT, value: '1.00' })).toThrow('row 2: the same figure')
  })
})

describe('the differences between the cities', () => {
  const report = parameterDifferences(createParameterBook(SAMPLE_PARAMETERS), '2026-11-24')
  const lineOf = (start: string) => showDifferences(report).find((text) => text.startsWith(start))

  test('names each figure that is unlike, with every city’s, and counts those alike', () => {
    expect(report.cities).toEqual(['510100', '510600', '511400', '512000'])
    expect(lineOf('310\t21\t11\t3\t*\tratio')).toBe('310\t21\t11\t3\t*\tratio\t0.8500*\t0.8400*\t0.8400*\t0.8400*')
    expect(lineOf('310\t21\t11\tcommunity\t*\tdeductible')).toContain('160.00*\t200.00*\t200.00*\t?*')
    expect(lineOf('310\t21\t*\t*\t*\tlater_stay')).toContain('minus 100.00, floor 160.00*\tratio 0.5000*')
    expect(lineOf('390\t*\t*\t*\t*\thifmi_ratio')).toContain('to 68000.00 0.6000, to 118000.00 0.7000, 0.8000*')
    expect(lineOf('310\t*\t11\t*\t*\tcap')).toBeUndefined()
    expect(report.alike).toBeGreaterThan(20)
  })

  test('takes the version in force on the day, and shows where a city has no row', () => {
    const later = { ...invented('cap', '3000.00', { psnType: '11' }), effectiveFrom: '2027-01-01', verified: true }
    const newer = { ...later, id: 'newer', version: 10, value: '3001.00' }
    const book = createParameterBook([
      later,
      newer,
      ...SAMPLE_PARAMETERS,
      invented('acct_scope', ['inscp'], { medType: '41' }),
    ])
    const find = (on: string, item: string, medType: string) =>
      parameterDifferences(book, on).differences.find((one) => one.item === item && one.medType === medType)
    expect(find('2026-12-31', 'cap', '*')).toBeUndefined()
    expect(find('2027-01-01', 'cap', '*')?.rows.map((row) => row?.value)).toEqual([
      '3001.00',
      '2000.00',
      '2000.00',
      '2000.00',
    ])
    expect(find('2026-12-31', 'acct_scope', '41')?.rows.map((row) => row === undefined)).toEqual([
      false,
      true,
      true,
      true,
    ])
    expect(showDifferences(parameterDifferences(book, '2026-12-31')).join('\n')).toContain(
      'acct_scope\tinscp*\t-\t-\t-',
    )
  })
})
