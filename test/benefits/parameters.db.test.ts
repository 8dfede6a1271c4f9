import { describe, expect, test } from 'vitest'
import { loadParameterBook, loadParameters, SAMPLE_PARAMETERS, seedSampleParameters } from '../../src/benefits/index.ts'
import { insertParameters } from '../../src/benefits/store.ts'
import { parseFen } from '../../src/kernel/money.ts'
import { useDatabase } from '../support/database.ts'
import { claim, settle } from './support.ts'

const database = useDatabase()
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
    expect(ofCity).toHaveLength(SAMPLE_PARAMETERS.length / 4)
    expect(ofCity.every((row) => row.city === '510600')).toBe(true)
    expect(await loadParameters(database.db, { on: '2022-12-31' })).toEqual([])
    expect(await loadParameters(database.db, { insutype: '390' })).toEqual([])
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
