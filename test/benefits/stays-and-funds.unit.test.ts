import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareBasicFund } from '../../src/benefits/basic-fund.ts'
import { deductibleOfStay } from '../../src/benefits/deductible.ts'
import {
  type Accumulators,
  type BenefitClaim,
  createParameterBook,
  personClass,
  SAMPLE_PARAMETERS,
  setlProcInfo,
} from '../../src/benefits/index.ts'
import { amountAboveCap } from '../../src/benefits/large-amount.ts'
import type { FundPolicy, RatioSteps } from '../../src/benefits/policy-types.ts'
import { payByTiers } from '../../src/benefits/yearly-tiers.ts'
import { addFen, type Fen, fen, ONE, parseFen, parseRatio, ratio, ZERO_FEN } from '../../src/kernel/money.ts'
import { claim, DEYANG, invented, line, nothingUsed, open, settle, wholeBook } from './support.ts'

const used = (change: Partial<Accumulators>): Accumulators => ({ ...nothingUsed, ...change })
const stay = (inScope: string, change: Partial<BenefitClaim> = {}) =>
  claim(inScope, { medType: '21', lines: [line(inScope)], ...change })
const resident = (inScope: string, change: Partial<BenefitClaim> = {}) =>
  stay(inScope, { insutype: '390', psnType: '15', ...change })

describe('the deductible of a stay', () => {
  const chengdu = { minus: parseFen('100'), floor: parseFen('160') }
  const half = { ratio: parseRatio('0.5') }
  test.each([
    ['the first stay has the whole', '800', chengdu, 0n, '800'],
    ['each later one has 100 less', '800', chengdu, 2n, '600'],
    ['down to the floor', '800', chengdu, 9n, '160'],
    ['but a floor above the figure does not raise it', '100', chengdu, 1n, '100'],
    ['a share is not taken again and again', '800', half, 3n, '400'],
    ['without a rule every stay has the whole', '800', undefined, 3n, '800'],
  ] as const)('%s', (_, deductible, laterStay, stays, expected) => {
    expect(deductibleOfStay({ deductible: parseFen(deductible), laterStay }, stays)).toBe(parseFen(expected))
  })

  test('counts stays in every city, but not visits', () => {
    const { shares, movements } = settle(stay('5000', { accumulators: used({ inpatientStays: fen(2n) }) }))
    expect(shares.actPayDedc).toBe(parseFen('600'))
    expect(movements.inpatientStays).toBe(1n)
    expect(settle(claim('500')).movements.inpatientStays).toBe(0n)
  })
})

describe('大额', () => {
  const above = (cap: string, inScope: string, steps: RatioSteps = [{ upTo: null, ratio: parseRatio('0.85') }]) =>
    amountAboveCap(
      shareBasicFund({
        inscpScpAmt: parseFen(inScope),
        deductible: ZERO_FEN,
        deductibleUsed: ZERO_FEN,
        steps,
        factor: ONE,
        cap: parseFen(cap),
        paid: ZERO_FEN,
      }),
    )

  test('looks at the base less what the last payments of the basic fund were made of (G13a)', () => {
    expect(above('5000', '20000')).toBe(parseFen('14117.65'))
    expect(above('17000', '20000')).toBe(ZERO_FEN)
    expect(above('0', '20000')).toBe(parseFen('20000'))
  })

  test('takes whole what the cap did not reach, where the base has several steps', () => {
    const steps: RatioSteps = [
      { upTo: parseFen('100'), ratio: parseRatio('0.5') },
      { upTo: parseFen('200'), ratio: parseRatio('0') },
      { upTo: null, ratio: parseRatio('0.9') },
    ]
    expect(above('50', '300', steps)).toBe(parseFen('100'))
    expect(above('25', '300', steps)).toBe(parseFen('250'))
  })

  test('pays the tiers of the year, so that a second stay goes on where the first ended', () => {
    const full = used({ inpatientPaid: parseFen('500000'), inpatientStays: fen(1n) })
    const first = settle(stay('40400', { insuplcAdmdvs: DEYANG, accumulators: full }))
    // 40,000 above the cap: nothing of the first 12,000, then 70 %.
    expect(first.shares).toMatchObject({ hifpPay: 0n, hifobPay: parseFen('19600') })
    expect(first.details.map((row) => row.fundPayType)).toEqual(['310100', '330100'])
    expect(first.movements).toMatchObject({ aboveCap: parseFen('40000'), largeAmountPaid: parseFen('19600') })
    const second = settle(stay('20400', { insuplcAdmdvs: DEYANG, accumulators: first.accumulatorsAfter }))
    expect(second.shares.hifobPay).toBe(parseFen('15000'))
    expect(second.funds[1]).toMatchObject({ segments: [{ pay: parseFen('7000') }, { pay: parseFen('8000') }] })
  })

  test('never pays for visits, whose pool has a cap of its own', () => {
    const { shares } = settle(claim('500', { accumulators: used({ outpatientPaid: parseFen('2000') }) }))
    expect(shares.hifobPay).toBe(ZERO_FEN)
  })
})

describe('a fund with tiers of a yearly amount', () => {
  const policy: FundPolicy = {
    deductible: parseFen('180'),
    steps: [
      { upTo: parseFen('680'), ratio: parseRatio('0.6') },
      { upTo: parseFen('1180'), ratio: parseRatio('0.7') },
      { upTo: null, ratio: parseRatio('0.8') },
    ],
    cap: parseFen('700'),
  }
  const amount = fc.bigInt({ min: 0n, max: 300_000n }).map(fen)

  test('pays the same for a year of many bills as for one', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { maxLength: 6 }), (start, rises) => {
        let burden = start
        let paid = ZERO_FEN
        for (const rise of rises) {
          const share = payByTiers({ ...policy, cap: parseFen('99999') }, burden, addFen(burden, rise), paid)
          burden = addFen(burden, rise)
          paid = addFen(paid, share.pay)
        }
        expect(paid).toBe(payByTiers({ ...policy, cap: parseFen('99999') }, start, burden, ZERO_FEN).pay)
      }),
    )
  })

  test('never pays beyond its cap, whether it is told what it paid or only the burden', () => {
    fc.assert(
      fc.property(amount, amount, amount, (before, rise, paid) => {
        const share = payByTiers(policy, before, addFen(before, rise), paid)
        const known = payByTiers(policy, ZERO_FEN, before, ZERO_FEN).pay
        expect(share.pay).toBeLessThanOrEqual(policy.cap)
        if (share.pay > 0n) expect(addFen(share.pay, known > paid ? known : paid)).toBeLessThanOrEqual(policy.cap)
      }),
    )
  })

  test('has no tier under its deductible, also where a bound lies there', () => {
    const low: FundPolicy = { ...policy, deductible: parseFen('800') }
    expect(payByTiers(low, ZERO_FEN, parseFen('800'), ZERO_FEN).segments).toEqual([])
    expect(payByTiers(low, parseFen('700'), parseFen('900'), ZERO_FEN).pay).toBe(parseFen('70'))
  })
})

describe('大病', () => {
  test('looks at what the basic fund left, and the burden of the year keeps what it paid itself (G14, G15)', () => {
    const before = used({ inScopeBurden: parseFen('15000') })
    const first = settle(resident('30187.50', { accumulators: before }))
    expect(first.shares).toMatchObject({ hifmiPay: parseFen('4200'), fundPaySumamt: parseFen('24387.50') })
    expect(first.accumulatorsAfter.inScopeBurden).toBe(parseFen('25000'))
    expect(first.details.map((row) => [row.fundPayType, row.fundPayamt])).toEqual([
      ['390100', parseFen('20187.50')],
      ['390200', parseFen('4200')],
    ])
  })

  test('is not for 职工', () => {
    const { shares } = settle(stay('100000', { accumulators: used({ inScopeBurden: parseFen('90000') }) }))
    expect(shares.hifmiPay).toBe(ZERO_FEN)
  })

  test('of a visit counts as well: 居民 at a 基层 have 60 % up to 200 a year', () => {
    const visit = resident('1000', { medType: '11', dedcHospLv: 'community' })
    expect(settle(visit).shares).toMatchObject({ hifpPay: parseFen('200'), hifmiPay: 0n })
    const late = settle({ ...visit, accumulators: used({ inScopeBurden: parseFen('18000') }) })
    expect(late.shares).toMatchObject({ hifpPay: parseFen('200'), hifmiPay: parseFen('480') })
  })
})

describe('the funds after 基本 and 大病', () => {
  const poor = { psnIdetType: '2303' } as const

  test('医疗救助 pays of what is left above its own deductible of the year (G16)', () => {
    const first = settle(resident('17687.50', poor), wholeBook)
    expect(first.shares).toMatchObject({ mafPay: parseFen('3500'), psnPartAmt: parseFen('2500') })
    expect(first.movements).toMatchObject({ medicalAidDeductible: 100_000n, medicalAidPaid: 350_000n })
    // The deductible is used up: of a second stay 70 % of all that is left.
    const second = settle(resident('5500', { ...poor, accumulators: first.accumulatorsAfter }), wholeBook)
    expect(second.funds.at(-1)).toMatchObject({ field: 'mafPay', fundPayType: '610100' })
    expect(second.movements.medicalAidDeductible).toBe(ZERO_FEN)
  })

  test('and no more than its cap leaves', () => {
    const accumulators = used({ medicalAidPaid: parseFen('49999.99') })
    expect(settle(resident('17687.50', { ...poor, accumulators }), wholeBook).shares.mafPay).toBe(1n)
  })

  test('each pays of what those before it left: 公务员, then 企业补充, then 医疗救助', () => {
    const { shares, details } = settle(stay('10800', { ...poor, cvlservFlag: '1', hifesFlag: '1' }), wholeBook)
    // 10,000 x 0.85 = 8,500; left 2,300: x 0.4 = 920; left 1,380: x 0.25 = 345; left 1,035, less 1,000: x 0.7 = 24.50.
    expect(shares).toMatchObject({
      hifpPay: 850_000n,
      cvlservPay: 92_000n,
      hifesPay: 34_500n,
      mafPay: 2_450n,
      fundPaySumamt: 978_950n,
      psnPartAmt: 101_050n,
    })
    expect(details.map((row) => row.fundPayType)).toEqual(['310100', '320100', '370100', '610100'])
  })
})

describe('the family account', () => {
  test('pays in the place of the person’s own, and the balance is that of the account that paid', () => {
    const { shares, details } = settle(
      stay('1000', { acctUsedFlag: '2', balance: parseFen('9'), familyBalance: parseFen('500') }),
    )
    expect(shares).toMatchObject({
      acctPay: 50_000n,
      acctMulaidPay: 50_000n,
      psnCashPay: 33_000n,
      balc: 0n,
    })
    expect(details.at(-1)).toMatchObject({ fundPayType: '310200', crtPaybLmtAmt: 50_000n, fundPayamt: 50_000n })
  })
})

describe('门诊慢特病', () => {
  test('has figures per disease and accumulators of its own', () => {
    const rows = (['deductible', 'ratio', 'cap'] as const).map((item) =>
      invented(item, item === 'ratio' ? open('0.8000') : '1000.00', {
        psnType: '11',
        medType: '14',
        diseCodg: 'M00500',
      }),
    )
    const book = createParameterBook([...SAMPLE_PARAMETERS, ...rows])
    const visit = claim('1500', { medType: '14', diseCodg: 'M00500' })
    const { shares, movements, details } = settle(visit, book)
    expect(shares).toMatchObject({ actPayDedc: 100_000n, hifpPay: 40_000n })
    expect(movements).toMatchObject({ chronicDeductible: 100_000n, chronicPaid: 40_000n, outpatientPaid: 0n })
    expect(details[0]?.fundPayType).toBe('310100')
    expect(() => settle({ ...visit, diseCodg: 'M07800' }, book)).toThrow('parameter-missing')
  })
})

describe('psn_type', () => {
  test.each([
    ['11', '11'],
    ['1105', '11'],
    ['1112', '12'],
    ['126013', '12'],
    ['1404', '14'],
    ['151', '15'],
    ['1701', '17'],
    ['1', undefined],
    ['110', undefined],
    ['', undefined],
  ])('%s is of the class %s', (code, national) => {
    expect(personClass(code)).toBe(national)
  })

  test('1112 is paid as retired although it begins with 11', () => {
    expect(settle(stay('1000', { psnType: '1112' })).shares.poolPropSelfpay).toBe(ratio(8_800))
  })
})

describe('setl_proc_info', () => {
  test('shows each segment as public logs do, with the policy row as its code', () => {
    const settled = settle(stay('12828.48', { insuplcAdmdvs: DEYANG }))
    expect(setlProcInfo(settled, '310100')).toBe(
      '[{"hifpPayInscp":12028.48,"polItemCode":"510600.310.11.21.3.ratio.20230101.v1","poolPropSelfpay":0.84,"hifpPay":10103.92}]',
    )
    expect(setlProcInfo(settled, '310200')).toBe('')
  })

  test('says what a yearly cap left, and is JSON for every fund', () => {
    const settled = settle(stay('20800', { accumulators: used({ inpatientPaid: parseFen('445000') }) }))
    expect(JSON.parse(setlProcInfo(settled, '310100')).at(-1)).toEqual({ crtPaybLmtAmt: 5000, hifpPay: 5000 })
    expect(JSON.parse(setlProcInfo(settled, '330100'))).toMatchObject([{ hifobPayInscp: 14117.65, hifobPay: 12705.89 }])
  })

  test('of a whole ratio is a whole number', () => {
    const book = createParameterBook([
      ...SAMPLE_PARAMETERS,
      invented('ratio', open('1.0000'), { psnType: '11', medType: '21', hospLv: '3' }),
    ])
    expect(JSON.parse(setlProcInfo(settle(stay('1000'), book), '310100'))).toMatchObject([{ poolPropSelfpay: 1 }])
  })
})

describe('the sample figures', () => {
  const paid = (change: Partial<BenefitClaim>): Fen => settle(stay('10000', change)).shares.hifpPay

  test.each([
    ['成都 职工 community', { dedcHospLv: 'community' }, '9348.00'],
    ['成都 职工 second level', { dedcHospLv: '2' }, '8544.00'],
    ['德阳 retired third level', { insuplcAdmdvs: DEYANG, psnType: '12' }, '8004.00'],
    ['资阳 职工 first level', { insuplcAdmdvs: '512000', dedcHospLv: '1' }, '9016.00'],
    ['眉山 居民 second level', { insuplcAdmdvs: '511400', insutype: '390', psnType: '14', dedcHospLv: '2' }, '7605.00'],
    ['成都 居民 community', { insutype: '390', psnType: '16', dedcHospLv: 'community' }, '9405.00'],
  ] as const)('of 10,000.00 in scope a stay of %s is paid as section 3 says', (_, change, amount) => {
    expect(paid(change)).toBe(parseFen(amount))
  })

  test.each([
    ['资阳 职工', { insuplcAdmdvs: '512000' }, ['deductible']],
    ['德阳 居民', { insuplcAdmdvs: DEYANG, insutype: '390', psnType: '15' }, ['deductible', 'ratio']],
  ] as const)(
    'where a source lists three levels, a stay of %s at a community hospital is refused',
    (_, change, items) => {
      for (const item of items) {
        expect(() => settle(stay('10', { ...change, dedcHospLv: 'community' }))).toThrow(`"${item}"`)
      }
    },
  )

  test('of a disputed figure name the other one', () => {
    const noteOf = (id: string) => SAMPLE_PARAMETERS.find((row) => row.id === id)?.note
    expect(noteOf('510600.310.11.21.3.deductible.20230101.v1')).toContain('750')
    expect(noteOf('510100.310.12.21.1.ratio.20230101.v1')).toContain('70 岁')
    expect(noteOf('512000.390.*.21.2.ratio.20230101.v1')).toContain('85/75/65')
  })
})
