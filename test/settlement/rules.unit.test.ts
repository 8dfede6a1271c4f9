import { describe, expect, test } from 'vitest'
import {
  addAccumulators,
  createParameterBook,
  NO_ACCUMULATORS,
  SAMPLE_PARAMETERS,
  type SettledBenefits,
} from '../../src/benefits/index.ts'
import type { InstitutionFacts } from '../../src/institutions/index.ts'
import { parseFen, parsePrice, parseQuantity, parseRatio, ZERO_FEN } from '../../src/kernel/money.ts'
import { calculate, claimOf, clearingType, offersCare, reviewYear, type YearEvent } from '../../src/settlement/rules.ts'

const book = createParameterBook(SAMPLE_PARAMETERS)

const facts = (level: 0 | 1 | 2 | 3): InstitutionFacts => ({
  code: 'H51010499001',
  kind: 'hospital',
  name: '示范',
  uscc: '',
  city: '510100',
  division: '510104',
  zone: null,
  level,
  grade: '甲',
  community: false,
  designation: 'designated',
  suspended: false,
})

const settle = (amount: string, accumulators = NO_ACCUMULATORS, level: 0 | 1 | 2 | 3 = 3, community = false) =>
  calculate(
    {
      bill: {
        personId: 'p',
        institution: 'H51010499001',
        treatmentCity: '510100',
        medType: '11',
        setlTime: new Date('2026-11-24T07:00:00Z'),
        acctUsedFlag: '0',
        lines: [
          {
            feedetlSn: '1',
            medListCodg: 'T',
            detItemFeeSumamt: parseFen(amount),
            cnt: parseQuantity('1'),
            pric: parsePrice(amount),
            lmtUsedFlag: '0',
            hospApprFlag: '0',
            terms: {
              admdvs: '510100',
              chrgitmLv: '01',
              selfpayProp: parseRatio('0'),
              pricUplmtAmt: parsePrice('0'),
            },
          },
        ],
      },
      insurance: { insuredCity: '510600', insutype: '310', psnType: '11' },
      facts: { ...facts(level), community },
      accumulators,
      balance: ZERO_FEN,
      familyBalance: ZERO_FEN,
    },
    book,
  )

const settled = (amount: string, accumulators = NO_ACCUMULATORS): SettledBenefits => {
  const verdict = settle(amount, accumulators)
  if (verdict.refused) throw new Error('refused')
  return verdict
}
const event = (id: string, of: SettledBenefits): YearEvent => ({ kind: 'settlement', id, trace: of.trace })
const reversed = (id: string): YearEvent => ({ kind: 'reversed', id })
const START = { accumulators: NO_ACCUMULATORS, outdated: [] }
const findOutdated = (events: readonly YearEvent[]) => reviewYear(START, events).outdated

describe('a calculation', () => {
  test('pays by the level of the provider and the policy of the insured city', () => {
    const used = { ...NO_ACCUMULATORS, outpatientDeductible: parseFen('150') }
    expect(settle('300.00', used)).toMatchObject({ shares: { hifpPay: 12_500n } })
    expect(settle('300.00', used, 2)).toMatchObject({ shares: { hifpPay: 15_000n } })
  })

  test.each([0, 1] as const)('takes a community health centre of level %i as one, not as its level', (level) => {
    const verdict = settle('300.00', NO_ACCUMULATORS, level, true)
    expect(verdict).toMatchObject({ shares: { hifpPay: 6_000n }, trace: { claim: { dedcHospLv: 'community' } } })
  })

  test('is refused where no level is in force, because no source has a figure for it', () => {
    expect(settle('300.00', NO_ACCUMULATORS, 0).refused).toMatchObject([
      { code: 'parameter-missing', item: 'ratio', reason: 'empty' },
    ])
  })

  test('outpatient care and pharmacy purchases clear under their own kind', () => {
    expect(['11', '14', '21', '41'].map(clearingType)).toEqual(['11', '11', '21', '41'])
  })
})

test('a claim takes the level of a community institution, the disease, the person’s flags, and for a stay the day of its end', () => {
  const bill = {
    personId: 'p',
    institution: 'H51010499001',
    treatmentCity: '510100',
    medType: '21',
    setlTime: new Date('2027-01-08T07:00:00Z'),
    acctUsedFlag: '0' as const,
    diseCodg: 'M00100',
    stay: { begin: new Date('2026-12-20T02:00:00Z'), end: new Date('2026-12-31T15:59:59Z') },
    lines: [],
  }
  const of = {
    bill,
    insurance: {
      insuredCity: '510600',
      insutype: '310',
      psnType: '11',
      cvlservFlag: '1',
      psnIdetType: '2301',
    } as const,
    facts: { ...facts(1), community: true },
    accumulators: NO_ACCUMULATORS,
    balance: ZERO_FEN,
    familyBalance: ZERO_FEN,
  }
  expect(claimOf(of)).toMatchObject({
    setlDate: '2026-12-31',
    accumulatorYear: 2026,
    dedcHospLv: 'community',
    cvlservFlag: '1',
    psnIdetType: '2301',
    diseCodg: 'M00100',
  })
  const plain = { ...of, bill: { ...bill, stay: undefined, diseCodg: undefined }, facts: facts(2) }
  const insurance = { insuredCity: '510600', insutype: '310', psnType: '11' }
  expect(claimOf({ ...plain, insurance })).toMatchObject({
    setlDate: '2027-01-08',
    dedcHospLv: '2',
    cvlservFlag: '0',
    psnIdetType: null,
    diseCodg: null,
  })
})

test('outpatient care is given by hospitals and sold medicine by pharmacies, and neither by the other', () => {
  expect([offersCare('hospital', '11'), offersCare('pharmacy', '41')]).toEqual([true, true])
  expect(['14', '21'].map((medType) => offersCare('hospital', medType))).toEqual([true, true])
  expect([offersCare('hospital', '41'), offersCare('pharmacy', '11'), offersCare('hospital', '51')]).toEqual([
    false,
    false,
    false,
  ])
})

describe('a year computed again', () => {
  const first = settled('150.00')
  const second = settled('300.00', first.accumulatorsAfter)
  const third = settled('100.00', second.accumulatorsAfter)

  test('finds nothing where nothing was reversed', () => {
    expect(findOutdated([event('1', first), event('2', second), event('3', third)])).toEqual([])
  })

  test('finds what read returned accumulators, and not what came out the same all the same', () => {
    expect(findOutdated([reversed('1'), event('2', second), event('3', third)])).toEqual([
      { resultId: '2', overpaid: 7_500n },
    ])
  })

  test('finds a settlement that only used another part of the deductible', () => {
    const small = settled('150.00', first.accumulatorsAfter)
    const outdated = findOutdated([
      reversed('1'),
      event('2', settled('30.00', first.accumulatorsAfter)),
      event('3', small),
    ])
    expect(outdated.map((one) => one.resultId)).toContain('3')
  })

  test('finds the second of two on one capped year when the first goes', () => {
    const opening = {
      ...NO_ACCUMULATORS,
      outpatientDeductible: parseFen('200'),
      outpatientPaid: parseFen('1990'),
    }
    const one = settled('100.00', opening)
    const two = settled('100.00', one.accumulatorsAfter)
    const events: YearEvent[] = [{ kind: 'opening', movements: opening }, reversed('1'), event('2', two)]
    expect(findOutdated(events)).toEqual([{ resultId: '2', overpaid: -1_000n }])
  })

  test('page by page gives what the whole gives', () => {
    const events = [reversed('1'), event('2', second), event('3', third)]
    const paged = events.reduce((review, one) => reviewYear(review, [one]), START as ReturnType<typeof reviewYear>)
    expect(paged).toEqual(reviewYear(START, events))
    expect(paged.outdated).not.toEqual([])
  })

  test('accumulators add part by part', () => {
    expect(addAccumulators(first.movements, second.movements)).toEqual(second.accumulatorsAfter)
  })
})
