import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Accumulators,
  addAccumulators,
  assertIdentities,
  assertReversal,
  type BenefitClaim,
  type BenefitTrace,
  calculateBenefits,
  createParameterBook,
  decodeTrace,
  encodeTrace,
  replay,
  resettle,
  reverseBenefits,
  SAMPLE_PARAMETERS,
} from '../../src/benefits/index.ts'
import {
  addFen,
  fen,
  formatFen,
  negFen,
  parseFen,
  parseRatio,
  subFen,
  sumFen,
  ZERO_FEN,
} from '../../src/kernel/money.ts'
import { anyClaim, anyLine } from './arbitraries.ts'
import { CHENGDU, claim, DEYANG, line, MEISHAN, nothingUsed, sampleBook, settle, wholeBook } from './support.ts'

const g9 = () => settle(claim('150', { insuplcAdmdvs: DEYANG, mdtrtareaAdmvs: DEYANG, dedcHospLv: '2' }))
const g10 = (accumulators: Accumulators) => settle(claim('300', { insuplcAdmdvs: DEYANG, accumulators }))
const used = (change: Partial<Accumulators>): Accumulators => ({ ...nothingUsed, ...change })

describe('an employee outpatient visit', () => {
  test('G9: a first visit at home uses 150 of the deductible of 200', () => {
    const { shares, movements, accumulatorsAfter } = g9()
    expect(shares.hifpPay).toBe(ZERO_FEN)
    expect(shares.actPayDedc).toBe(parseFen('150'))
    expect(shares.psnCashPay).toBe(parseFen('150'))
    expect(movements).toEqual(used({ outpatientDeductible: fen(15_000n), inScopeBurden: fen(15_000n) }))
    expect(accumulatorsAfter).toEqual(movements)
  })

  test('G10: a second visit, in another city, finds 50 open and is paid at its own level', () => {
    const { shares, details, accumulatorsAfter } = g10(g9().accumulatorsAfter)
    expect(shares.actPayDedc).toBe(parseFen('50'))
    expect(shares.hifpPay).toBe(parseFen('125'))
    expect(shares.psnPartAmt).toBe(parseFen('175'))
    expect(shares.poolPropSelfpay).toBe(parseRatio('0.5'))
    expect(details).toEqual([
      { fundPayType: '310102', inscpScpAmt: 30_000n, crtPaybLmtAmt: 200_000n, fundPayamt: 12_500n },
    ])
    expect(accumulatorsAfter).toEqual(
      used({ outpatientDeductible: fen(20_000n), outpatientPaid: fen(12_500n), inScopeBurden: fen(32_500n) }),
    )
  })

  test('G11: the yearly cap leaves 50 of what the ratio would give', () => {
    const accumulators = used({ outpatientDeductible: parseFen('200'), outpatientPaid: parseFen('1950') })
    const { shares, segments, funds } = settle(claim('500', { accumulators }))
    expect(shares.hifpPay).toBe(parseFen('50'))
    expect(shares.psnPartAmt).toBe(parseFen('450'))
    expect(segments).toMatchObject([{ pay: 25_000n, product: '250.000000' }])
    expect(funds).toMatchObject([{ field: 'hifpPay', capLeft: 5_000n, pay: 5_000n }])
  })

  test('G18: after the refund of the first visit the second is overpaid by 75', () => {
    const second = g10(g9().accumulatorsAfter)
    const { settled, overpaid } = resettle(second.trace, nothingUsed)
    expect(settled.shares.hifpPay).toBe(parseFen('50'))
    expect(overpaid).toBe(parseFen('75'))
  })

  test('a bill of mixed lines is split by its lines and shared by its in-scope sum', () => {
    const lines = [
      line('100', { terms: { chrgitmLv: '03' } }),
      line('1000', { terms: { chrgitmLv: '02', selfpayProp: parseRatio('0.1') } }),
      line('300'),
    ]
    const { shares } = settle(claim('0', { lines }))
    expect(shares).toMatchObject({
      medfeeSumamt: 140_000n,
      fulamtOwnpayAmt: 10_000n,
      preselfpayAmt: 10_000n,
      inscpScpAmt: 120_000n,
      actPayDedc: 20_000n,
      hifpPay: 50_000n,
      psnPartAmt: 90_000n,
    })
  })

  test.each([
    ['in work, second level', { dedcHospLv: '2' }, '480.00'],
    ['in work, third level', { dedcHospLv: '3' }, '400.00'],
    ['retired, first level', { psnType: '12', dedcHospLv: '1' }, '595.00'],
    ['retired, third level', { psnType: '12', dedcHospLv: '3' }, '510.00'],
    ['in work, pharmacy', { medType: '41', dedcHospLv: '9' }, '400.00'],
    ['retired, pharmacy', { medType: '41', psnType: '12', dedcHospLv: '9' }, '510.00'],
    ['treated in another of the four cities', { insuplcAdmdvs: MEISHAN }, '400.00'],
  ] as const)('of 1000.00 in scope the pool pays a person %s as the sample policy says', (_, change, paid) => {
    expect(formatFen(settle(claim('1000', change)).shares.hifpPay)).toBe(paid)
  })

  test('figures that nobody has verified make the settlement say so', () => {
    const checked = createParameterBook(SAMPLE_PARAMETERS.map((row) => ({ ...row, verified: row.value !== null })))
    expect(settle(claim('10')).verified).toBe(false)
    expect(settle(claim('10'), checked).verified).toBe(true)
  })
})

describe('the personal account', () => {
  const lines = [line('1000'), line('100', { terms: { chrgitmLv: '03' } })]
  const pay = (change: Partial<BenefitClaim>) => settle(claim('0', { lines, ...change }))

  test('pays the allowed part of the person’s share, not the wholly self-paid part', () => {
    const { shares, details } = pay({ acctUsedFlag: '1', balance: parseFen('5000') })
    expect(shares).toMatchObject({ psnPartAmt: 70_000n, acctPay: 60_000n, psnCashPay: 10_000n, balc: 440_000n })
    expect(details[1]).toEqual({
      fundPayType: '310200',
      inscpScpAmt: 100_000n,
      crtPaybLmtAmt: 500_000n,
      fundPayamt: 60_000n,
    })
  })

  test('pays no more than it holds', () => {
    const { shares } = pay({ acctUsedFlag: '1', balance: parseFen('30') })
    expect(shares).toMatchObject({ acctPay: 3_000n, psnCashPay: 67_000n, balc: 0n })
  })

  test('stays as it is where it is not used', () => {
    const { shares, details } = pay({ balance: parseFen('30') })
    expect(shares).toMatchObject({ acctPay: 0n, psnCashPay: 70_000n, balc: 3_000n })
    expect(details).toHaveLength(1)
  })

  test('an overdrawn balance is a fault', () => {
    expect(() => pay({ balance: parseFen('-1') })).toThrow('never overdrawn')
  })
})

describe('what is refused', () => {
  const refusedFor = (change: Partial<BenefitClaim>, book = sampleBook) => calculateBenefits(claim('10', change), book)

  test.each([
    ['an insurance that has no rules here', { insutype: '340' }],
    ['a kind of care that has no rules here', { medType: '52' }],
    ['a kind of care that only looks like a key', { insutype: 'constructor', medType: 'name' }],
  ] as const)('%s, by name', (_, change) => {
    expect(refusedFor(change)).toEqual({ refused: [{ code: 'benefit-unsupported', benefit: 'insurance' }] })
  })

  test('a psn_type that no table maps', () => {
    expect(refusedFor({ psnType: '1199' })).toEqual({ refused: [{ code: 'person-type-unknown', psnType: '1199' }] })
  })

  test('门诊慢特病 without its disease', () => {
    expect(refusedFor({ medType: '14' })).toEqual({ refused: [{ code: 'disease-missing' }] })
  })

  test.each<[string, Partial<BenefitClaim>, readonly string[]]>([
    ['公务员', { cvlservFlag: '1' }, ['cvlserv_ratio', 'cvlserv_cap']],
    ['企业补充', { hifesFlag: '1' }, ['hifes_ratio', 'hifes_cap']],
    ['医疗救助', { psnIdetType: '2301' }, ['maf_deductible', 'maf_ratio', 'maf_cap']],
    [
      'a stay of 医疗救助 of 居民',
      { insutype: '390', medType: '21', psnIdetType: '2308' },
      ['maf_deductible', 'maf_ratio', 'maf_cap'],
    ],
    ['门诊慢特病', { medType: '14', diseCodg: 'M00500' }, ['deductible', 'ratio', 'cap']],
    ['门诊慢特病 of 居民', { insutype: '390', medType: '14', diseCodg: 'M00500' }, ['deductible', 'ratio', 'cap']],
    ['居民 at a hospital that is no 基层', { insutype: '390', psnType: '15', dedcHospLv: '2' }, ['ratio']],
  ])('%s, of which no source gives the figures: they are known to be missing', (_, change, items) => {
    expect(refusedFor(change)).toMatchObject({
      refused: items.map((item) => ({ code: 'parameter-missing', item, reason: 'empty' })),
    })
  })

  test('a purchase of 居民, of which the sources say nothing', () => {
    expect(refusedFor({ insutype: '390', psnType: '15', medType: '41', institutionKind: 'pharmacy' })).toMatchObject({
      refused: ['deductible', 'ratio', 'cap'].map((item) => ({ item, reason: 'no-row', hospLv: 'pharmacy' })),
    })
  })

  test('a stay above the cap where 大额 has no figures, while one below it needs none', () => {
    const book = createParameterBook(SAMPLE_PARAMETERS.filter((row) => !row.item.startsWith('hifob')))
    const stay = { medType: '21', lines: [line('20800')] }
    expect(refusedFor({ ...stay, accumulators: used({ inpatientPaid: parseFen('445000') }) }, book)).toMatchObject({
      refused: [{ item: 'hifob_ratio' }, { item: 'hifob_cap' }],
    })
    expect(refusedFor(stay, book)).not.toHaveProperty('refused')
  })

  test('a bill without lines, and with it every other reason', () => {
    expect(refusedFor({ lines: [], insutype: '340', psnType: '' })).toEqual({
      refused: [
        { code: 'bill-empty' },
        { code: 'benefit-unsupported', benefit: 'insurance' },
        { code: 'person-type-unknown', psnType: '' },
      ],
    })
  })

  test('an identity without a right to medical aid refuses nothing', () => {
    expect(refusedFor({ psnIdetType: '2401' })).not.toHaveProperty('refused')
  })

  test('every figure that the policy does not have, never taking it for zero', () => {
    const verdict = refusedFor({ psnType: '13', insuplcAdmdvs: DEYANG })
    const key = {
      city: DEYANG,
      insutype: '310',
      psnType: '13',
      medType: '11',
      hospLv: '3',
      diseCodg: '*',
      on: '2026-03-02',
    }
    expect(verdict).toEqual({
      refused: (['deductible', 'ratio', 'cap'] as const).map((item) => ({
        code: 'parameter-missing',
        item,
        reason: 'no-row',
        ...key,
      })),
    })
  })

  test('a figure that is known to be missing', () => {
    expect(refusedFor({ dedcHospLv: '9' })).toMatchObject({ refused: [{ item: 'ratio', reason: 'empty' }] })
  })

  test('a city of treatment for which no factor is listed', () => {
    const lines = [line('10', { terms: { admdvs: '510300' } })]
    expect(refusedFor({ mdtrtareaAdmvs: '510300', lines })).toMatchObject({
      refused: [{ item: 'cross_city_factor', reason: 'not-listed' }],
    })
  })

  test('a date before the policy began', () => {
    expect(refusedFor({ setlDate: '2022-12-31', accumulatorYear: 2022 })).toMatchObject({
      refused: [{ reason: 'no-row' }, { reason: 'no-row' }, { reason: 'no-row' }],
    })
  })

  test('an account whose scope is unknown', () => {
    const book = createParameterBook(SAMPLE_PARAMETERS.filter((row) => row.item !== 'acct_scope'))
    expect(refusedFor({ acctUsedFlag: '1' }, book)).toMatchObject({ refused: [{ item: 'acct_scope' }] })
    expect(refusedFor({ acctUsedFlag: '0' }, book)).not.toHaveProperty('refused')
  })
})

describe('faults of a caller', () => {
  test('a line from the catalogue of another city than that of treatment is never computed', () => {
    expect(() => settle(claim('0', { lines: [line('10', { terms: { admdvs: DEYANG } })] }))).toThrow(
      'place of treatment',
    )
  })

  test('accumulators of another year are never used', () => {
    expect(() => settle(claim('10', { accumulatorYear: 2025 }))).toThrow('year of the settlement date')
  })

  test('a trace without one of its policy rows cannot be replayed', () => {
    const { trace } = settle(claim('10'))
    const cut = { ...trace, rows: trace.rows.filter((row) => row.item !== 'cap') }
    expect(() => replay(cut)).toThrow('no figure for cap')
  })
})

describe('a settlement computed again', () => {
  test('above a cap that it had not reached is never computed without the figures of 大额', () => {
    const { trace } = settle(claim('0', { medType: '21', lines: [line('20800')] }))
    expect(() => resettle(trace, used({ inpatientPaid: parseFen('449000') }))).toThrow('no figure for hifob_ratio')
    expect(resettle(trace, used({ inpatientPaid: parseFen('1000') })).overpaid).toBe(0n)
  })
})

describe('a reversal', () => {
  const original = settle(claim('1000', { acctUsedFlag: '1', balance: parseFen('100') }))

  test('negates every amount, keeps the ratio, and gives the account its money back', () => {
    const reversal = reverseBenefits(original, parseFen('7'))
    expect(reversal.shares).toMatchObject({
      medfeeSumamt: -100_000n,
      hifpPay: -40_000n,
      acctPay: -10_000n,
      psnCashPay: -50_000n,
      poolPropSelfpay: 5_000n,
      balc: 10_700n,
    })
    for (const field of ['detItemFeeSumamt', 'inscpScpAmt'] as const) {
      expect(sumFen([...original.lines, ...reversal.lines].map((split) => split[field]))).toBe(0n)
    }
    expect(sumFen([...original.details, ...reversal.details].map((row) => row.fundPayamt))).toBe(0n)
    expect(addFen(original.movements.outpatientPaid, reversal.movements.outpatientPaid)).toBe(0n)
    expect(addFen(original.movements.inScopeBurden, reversal.movements.inScopeBurden)).toBe(0n)
    expect(addFen(original.movements.outpatientDeductible, reversal.movements.outpatientDeductible)).toBe(0n)
  })

  test('that does not mirror the original is caught (I9)', () => {
    const reversal = reverseBenefits(original, ZERO_FEN)
    const wrong = { ...reversal.shares, hifpPay: fen(-39_999n) }
    expect(() => assertReversal(original.shares, wrong)).toThrow('I9 hifpPay: -399.99 is not -400.00')
  })
})

describe('the identities of the interface', () => {
  const { shares, lines, segments, details } = settle(claim('1000', { acctUsedFlag: '1', balance: parseFen('100') }))
  const good = { shares, lines, segments, details }
  const withShares = (change: Partial<typeof shares>) => ({ ...good, shares: { ...shares, ...change } })
  const [firstLine] = lines
  /** A line whose parts sum, with one fen in another part than the bill has it. */
  const moved = (part: 'fulamtOwnpayAmt' | 'overlmtAmt' | 'preselfpayAmt') => ({
    ...good,
    lines: [{ ...firstLine, [part]: fen(1n), inscpScpAmt: fen(99_999n) }] as typeof lines,
  })
  const [firstDetail] = details

  test('hold for a settlement', () => {
    expect(() => assertIdentities(good)).not.toThrow()
  })

  test.each([
    ['I1', withShares({ hospPartAmt: fen(1n) })],
    ['I2', withShares({ othPay: fen(1n) })],
    ['I3', withShares({ acctPay: fen(1n) })],
    ['I4', withShares({ acctMulaidPay: addFen(shares.acctPay, fen(1n)) })],
    ['I5', withShares({ overlmtSelfpay: fen(1n) })],
    ['I6', { ...good, details: details.map((row) => ({ ...row, fundPayamt: addFen(row.fundPayamt, fen(1n)) })) }],
    ['I7', withShares({ actPayDedc: ZERO_FEN })],
    ['I8 medfee', { ...good, lines: [] }],
    ['I8 parts of a line', { ...good, lines: [{ ...firstLine, fulamtOwnpayAmt: fen(1n) }] as typeof lines }],
    ['I8 fulamt', moved('fulamtOwnpayAmt')],
    ['I8 overlmt', moved('overlmtAmt')],
    ['I8 preselfpay', moved('preselfpayAmt')],
    ['balc', withShares({ balc: fen(-1n) })],
  ])('%s is asserted', (name, broken) => {
    expect(() => assertIdentities(broken)).toThrow(name)
  })

  test('I6 counts no personal account among the funds', () => {
    const account = { ...firstDetail, fundPayType: '310200', fundPayamt: fen(99n) } as (typeof details)[number]
    expect(() => assertIdentities({ ...good, details: [...details, account] })).not.toThrow()
  })
})

const wholly = (input: BenefitClaim) => settle(input, wholeBook)

describe('for every claim', () => {
  test('the parts sum to the bill and none is negative', () => {
    fc.assert(
      fc.property(anyClaim, (input) => {
        const { shares, lines } = wholly(input)
        expect(sumFen([shares.fundPaySumamt, shares.acctPay, shares.psnCashPay])).toBe(shares.medfeeSumamt)
        expect(shares.medfeeSumamt).toBe(sumFen(input.lines.map((each) => each.detItemFeeSumamt)))
        expect(sumFen(lines.map((each) => each.inscpScpAmt))).toBe(shares.inscpScpAmt)
        expect(Object.values(shares).every((amount) => amount >= 0n)).toBe(true)
        const account = input.acctUsedFlag === '2' ? input.familyBalance : input.balance
        expect(addFen(shares.balc, shares.acctPay)).toBe(account)
      }),
    )
  })

  test('no fund pays beyond what it had left this year', () => {
    fc.assert(
      fc.property(anyClaim, (input) => {
        for (const fund of wholly(input).funds) expect(fund.pay).toBeLessThanOrEqual(fund.capLeft)
      }),
    )
  })

  test('one more line never lowers what the funds pay', () => {
    fc.assert(
      fc.property(anyClaim, anyLine, (input, extra) => {
        const added = { ...extra, terms: { ...extra.terms, admdvs: input.mdtrtareaAdmvs } }
        const more = wholly({ ...input, lines: [...input.lines, added] })
        expect(more.shares.fundPaySumamt).toBeGreaterThanOrEqual(wholly(input).shares.fundPaySumamt)
      }),
    )
  })

  test('the order of the lines is irrelevant', () => {
    fc.assert(
      fc.property(anyClaim, (input) => {
        expect(wholly({ ...input, lines: input.lines.toReversed() }).shares).toEqual(wholly(input).shares)
      }),
    )
  })

  test('the trace survives its text and replays to the same settlement to the fen', () => {
    fc.assert(
      fc.property(anyClaim, (input) => {
        const first = wholly(input)
        const stored = decodeTrace(encodeTrace(first.trace))
        const again = replay(stored)
        expect(stored).toEqual({ ...first.trace, rows: first.trace.rows.map(usedRow) })
        expect({ ...again, trace: first.trace }).toEqual(first)
      }),
    )
  })

  test('the trace holds what the settlement was made from and nothing else that came along', () => {
    const { trace } = settle({ ...claim('10'), certno: 'not for a trace' } as BenefitClaim)
    expect(encodeTrace(trace)).not.toContain('not for a trace')
    expect(trace.rows.map((row) => [row.item, row.version, row.verified])).toEqual([
      ['deductible', 1, false],
      ['ratio', 1, false],
      ['cap', 1, false],
    ])
    expect(trace.claim.mdtrtareaAdmvs).toBe(CHENGDU)
  })

  test('resettling on the same accumulators finds no difference, and a reversal plus the original is nothing', () => {
    fc.assert(
      fc.property(anyClaim, (input) => {
        const first = wholly(input)
        expect(resettle(first.trace, input.accumulators)).toMatchObject({ overpaid: 0n, movedOtherwise: false })
        const reversal = reverseBenefits(first, first.shares.balc)
        expect(reversal.shares.balc).toBe(input.acctUsedFlag === '2' ? input.familyBalance : input.balance)
        expect(reversal.shares.psnPartAmt).toBe(negFen(first.shares.psnPartAmt))
        expect(subFen(first.shares.medfeeSumamt, negFen(reversal.shares.medfeeSumamt))).toBe(0n)
        expect(addAccumulators(first.accumulatorsAfter, reversal.movements)).toEqual(input.accumulators)
      }),
    )
  })
})

const usedRow = ({ id, version, item, value, verified }: BenefitTrace['rows'][number]) => ({
  id,
  version,
  item,
  value,
  verified,
})
