import { describe, expect, test } from 'vitest'
import { loadParameterBook, loadParameters, SAMPLE_PARAMETERS, seedSampleParameters } from '../../src/benefits/index.ts'
import { insertParameters } from '../../src/benefits/store.ts'
import { CommandError } from '../../src/commands/command.ts'
import { importPolicy, runPolicy } from '../../src/commands/policy.ts'
import { parseFen } from '../../src/kernel/money.ts'
import { useDatabase } from '../support/database.ts'
import { claim, settle } from './support.ts'

const database = useDatabase()
const FILE = JSON.stringify([
  {
    city: '510100',
    insutype: '310',
    psn_type: '11',
    med_type: '21',
    hosp_lv: '3',
    item: 'deductible',
    value: '850.00',
    effective_from: '2023-01-01',
    source_document: '某文件',
  },
])

const byText = (a = '', b = '') => (a < b ? -1 : 1)

const [sample] = SAMPLE_PARAMETERS as readonly [(typeof SAMPLE_PARAMETERS)[number]]

describe('stored benefit parameters', () => {
  test('the samples are seeded once, come back as they were, and settle like the ones in memory', async () => {
    expect(await seedSampleParameters(database.db)).toBe(SAMPLE_PARAMETERS.length)
    expect(await seedSampleParameters(database.db)).toBe(0)

    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    expect((await loadParameters(database.db)).toSorted(byId)).toEqual(SAMPLE_PARAMETERS.toSorted(byId))

    const book = await loadParameterBook(database.db)
    const visit = claim('1000', { acctUsedFlag: '1', balance: parseFen('5') })
    expect(settle(visit, book)).toEqual(settle(visit))
  })

  test('can be narrowed to a city, an insurance and a day', async () => {
    await seedSampleParameters(database.db)
    const ofCity = await loadParameters(database.db, { city: '510600', insutype: '310', on: '2023-01-01' })
    const expected = SAMPLE_PARAMETERS.filter((row) => row.city === '510600' && row.insutype === '310')
    expect(ofCity).toHaveLength(expected.length)
    expect(ofCity.every((row) => row.city === '510600')).toBe(true)
    expect(await loadParameters(database.db, { on: '2022-12-31' })).toEqual([])
    expect(await loadParameters(database.db, { insutype: '340' })).toEqual([])
  })

  test('a row past its last day is not loaded for a later day', async () => {
    const ended = { ...sample, id: 'ended', version: 7, effectiveTo: '2023-06-30' }
    expect(await insertParameters(database.db, [])).toBe(0)
    expect(await insertParameters(database.db, [ended])).toBe(1)
    const idsOn = async (on: string) => (await loadParameters(database.db, { on })).map((row) => row.id)
    expect(await idsOn('2023-06-30')).toContain('ended')
    expect(await idsOn('2023-07-01')).not.toContain('ended')
  })

  test.each([
    ['the same figure under another id', { id: 'twin' }],
    ['a last day before the first', { id: 'x1', version: 8, effectiveTo: '2022-01-01' }],
    ['a verified figure that is missing', { id: 'x2', version: 8, value: null, verified: true }],
    ['a figure without a source', { id: 'x3', version: 8, sourceDocument: '' }],
    ['a city that is no division', { id: 'x4', version: 8, city: 'Chengdu' }],
  ])('the database refuses %s', async (_, change) => {
    await seedSampleParameters(database.db)
    await expect(insertParameters(database.db, [{ ...sample, ...change }])).rejects.toThrow(/benefits_parameter/)
  })
})

describe('the command policy', () => {
  const run = async (apply: boolean, text = FILE) => {
    const lines: string[] = []
    await importPolicy({ db: database.db }, { text, format: 'json' }, apply, (line) => lines.push(line))
    return lines
  }
  const deductible = async () => {
    const book = await loadParameterBook(database.db)
    const row = book.on('2026-05-20').find({
      city: '510100',
      insutype: '310',
      psnType: '11',
      medType: '21',
      hospLv: '3',
      diseCodg: '*',
      item: 'deductible',
    })
    return [row?.version, row?.value]
  }

  test('tells what an import would do and writes nothing, until it is applied; a second time nothing is left to do', async () => {
    await seedSampleParameters(database.db)
    const change =
      'new-version: 510100.310.11.21.3.deductible.20230101.v2 = 850.00, unverified (was 800.00, unverified)'
    expect(await run(false)).toEqual([
      change,
      '0 new, 1 new versions, 0 unchanged',
      'nothing was written; add --apply to import',
    ])
    expect(await deductible()).toEqual([1, '800.00'])
    expect(await run(true)).toEqual([change, '0 new, 1 new versions, 0 unchanged'])
    expect(await deductible()).toEqual([2, '850.00'])
    expect(await run(true)).toEqual(['0 new, 0 new versions, 1 unchanged'])
    // The version before stands as it was: what was settled by it can be explained.
    const rows = await loadParameters(database.db, { city: '510100' })
    expect(rows.filter((row) => row.id.startsWith('510100.310.11.21.3.deductible.')).map((row) => row.value)).toEqual([
      '800.00',
      '850.00',
    ])
  })

  test('two imports of one file at the same time make one version', async () => {
    await seedSampleParameters(database.db)
    const other = FILE.replace('850.00', '900.00')
    const both = await Promise.all([run(true, other), run(true, other)])
    expect(both.map((lines) => lines.at(-1)).toSorted(byText)).toEqual([
      '0 new, 0 new versions, 1 unchanged',
      '0 new, 1 new versions, 0 unchanged',
    ])
  })

  test('a file that cannot be used is told as such and changes nothing', async () => {
    await expect(run(true, '[]')).rejects.toThrow(new CommandError('the file has no rows'))
    await expect(runPolicy(['import'])).rejects.toThrow('Usage')
    await expect(runPolicy(['differences', '2026-02-30'])).rejects.toThrow('Usage')
    await expect(runPolicy(['import', '/nowhere/policy.json'])).rejects.toThrow('cannot be read')
  })
})
