import { describe, expect, test } from 'vitest'
import {
  type Accumulators,
  type BenefitClaim,
  calculateBenefits,
  createParameterBook,
  SAMPLE_PARAMETERS,
} from '../../src/benefits/index.ts'
import { type Fen, formatFen, parseFen } from '../../src/kernel/money.ts'
import { claim, line, nothingUsed, sampleBook, settle, wholeBook } from './support.ts'

const used = (change: Partial<Accumulators>): Accumulators => ({ ...nothingUsed, ...change })
/** The kinds that moved, in yuan. */
const moved = (input: BenefitClaim, book = wholeBook): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settle(input, book).movements)
      .filter(([, amount]) => amount !== 0n)
      .map(([kind, amount]) => [kind, kind === 'inpatientStays' ? String(amount) : formatFen(amount as Fen)]),
  )

describe('what a settlement adds to the year', () => {
  test('a purchase uses the deductible and the pool of outpatient visits, and a visit those of purchases', () => {
    const shop = { medType: '41', institutionKind: 'pharmacy', dedcHospLv: '9' } as const
    expect(moved(claim('300', shop))).toEqual({
      outpatientDeductible: '200.00',
      outpatientPaid: '50.00',
      inScopeBurden: '250.00',
    })
    const before = used({ outpatientDeductible: parseFen('150'), outpatientPaid: parseFen('1990') })
    for (const care of [shop, {}]) {
      expect(settle(claim('300', { ...care, accumulators: before })).shares).toMatchObject({
        actPayDedc: 5_000n,
        hifpPay: 1_000n,
      })
    }
  })

  test('门诊慢特病 has a deductible and a pool of its own', () => {
    const chronic = { medType: '14', diseCodg: 'M00500' }
    expect(moved(claim('1300', chronic))).toEqual({
      chronicDeductible: '300.00',
      chronicPaid: '700.00',
      inScopeBurden: '600.00',
    })
    const before = used({ outpatientDeductible: parseFen('200'), outpatientPaid: parseFen('2000') })
    expect(settle(claim('1300', { ...chronic, accumulators: before }), wholeBook).shares.hifpPay).toBe(70_000n)
  })

  test('only what the basic fund pays counts against its cap, whatever other funds pay', () => {
    expect(moved(claim('400', { cvlservFlag: '1', psnIdetType: '2303' }))).toEqual({
      outpatientDeductible: '200.00',
      outpatientPaid: '100.00',
      inScopeBurden: '300.00',
      civilServantPaid: '120.00',
      medicalAidDeductible: '180.00',
    })
  })

  test('the burden of a stay above the cap is what 大额 leaves of it, with its part of the cap rounded half up', () => {
    const stay = (paid: string) =>
      claim('0', { medType: '21', lines: [line('20800')], accumulators: used({ inpatientPaid: parseFen(paid) }) })
    expect(moved(stay('445000'))).toEqual({
      inpatientStays: '1',
      inpatientPaid: '5000.00',
      aboveCap: '14117.65',
      largeAmountPaid: '12705.89',
      inScopeBurden: '3094.11',
    })
    // 5,000.02 / 0.85 = 5,882.376…: 5,882.38 is covered, and 大额 pays 0.9 of the other 14,117.62.
    expect(moved(stay('444999.98'))).toMatchObject({ aboveCap: '14117.62', largeAmountPaid: '12705.86' })
  })

  test('大病 looks at the burden that it pays for itself, so the year counts it whole', () => {
    const stay = claim('0', { insutype: '390', psnType: '15', medType: '21', lines: [line('100500')] })
    expect(moved(stay)).toEqual({
      inpatientStays: '1',
      inpatientPaid: '68000.00',
      inScopeBurden: '32500.00',
      seriousIllnessPaid: '8700.00',
    })
  })

  test.each([
    ['310', '11', '310102', ['outpatientDeductible', 'outpatientPaid']],
    ['310', '14', '310100', ['chronicDeductible', 'chronicPaid']],
    ['310', '21', '310100', ['inpatientStays', 'inpatientPaid']],
    ['310', '41', '310102', ['outpatientDeductible', 'outpatientPaid']],
    ['390', '11', '390102', ['outpatientPaid']],
    ['390', '14', '390100', ['chronicDeductible', 'chronicPaid']],
    ['390', '21', '390100', ['inpatientStays', 'inpatientPaid']],
    ['390', '41', '390102', ['outpatientPaid']],
  ] as const)('care %s/%s is paid by %s and moves %s', (insutype, medType, fundPayType, kinds) => {
    const input = claim('1500', {
      insutype,
      medType,
      institutionKind: medType === '41' ? 'pharmacy' : 'hospital',
      diseCodg: medType === '14' ? 'M00500' : null,
    })
    expect(Object.keys(moved(input)).filter((kind) => kind !== 'inScopeBurden')).toEqual(kinds)
    expect(settle(input, wholeBook).details.map((row) => row.fundPayType)).toEqual([fundPayType])
  })

  test('a right to 医疗救助 is that of 2301 to 2308 and of no other identity', () => {
    const needs = (psnIdetType: string) =>
      calculateBenefits(claim('10', { psnIdetType }), sampleBook).refused !== undefined
    expect(['2300', '2301', '2308', '2309', '230', '23011', '2401'].filter(needs)).toEqual(['2301', '2308'])
  })
})

describe('the figures of a claim', () => {
  test('are verified only where every one of them is', () => {
    const verifiedBut = (item: string) =>
      createParameterBook(
        SAMPLE_PARAMETERS.map((row) => ({ ...row, verified: row.item !== item && row.value !== null })),
      )
    for (const item of ['deductible', 'ratio', 'cap'])
      expect(settle(claim('10'), verifiedBut(item)).verified).toBe(false)
    expect(settle(claim('10'), verifiedBut('later_stay')).verified).toBe(true)
  })

  test('are those of a disease for 门诊慢特病 alone: what an outpatient visit was for does not change them', () => {
    const [ratio] = SAMPLE_PARAMETERS.filter(
      (row) => row.city === '510100' && row.insutype === '310' && row.item === 'ratio' && row.medType === '11',
    )
    if (ratio === undefined) throw new Error('the sample has a ratio')
    const ofDisease = {
      ...ratio,
      id: 'd',
      psnType: '*',
      medType: '*',
      hospLv: '*',
      diseCodg: 'M00500',
      value: [{ upTo: null, ratio: '0.9000' }],
    }
    const book = createParameterBook([...SAMPLE_PARAMETERS, ofDisease])
    const visit = claim('300', { diseCodg: 'M00500' })
    expect(settle(visit, book).shares.hifpPay).toBe(settle(claim('300'), book).shares.hifpPay)
  })
})
