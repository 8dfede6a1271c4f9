import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BasicFundInput, shareBasicFund } from '../../src/benefits/basic-fund.ts'
import { fen, mulRatio, negFen, ONE, parseFen, parseRatio, sumFen, ZERO_FEN } from '../../src/kernel/money.ts'

const share = (inscpScpAmt: string, change: Partial<BasicFundInput> = {}) =>
  shareBasicFund({
    inscpScpAmt: parseFen(inscpScpAmt),
    deductible: ZERO_FEN,
    deductibleUsed: ZERO_FEN,
    steps: [{ upTo: null, ratio: parseRatio('0.85') }],
    factor: ONE,
    cap: parseFen('1000000'),
    paid: ZERO_FEN,
    ...change,
  })

const three: BasicFundInput['steps'] = [
  { upTo: parseFen('100'), ratio: parseRatio('0.5') },
  { upTo: parseFen('200'), ratio: parseRatio('0.7') },
  { upTo: null, ratio: parseRatio('0.9') },
]

describe('the share of the basic fund', () => {
  test('G4: a product is rounded down where it is nearer below', () => {
    const got = share('12028.48', { steps: [{ upTo: null, ratio: parseRatio('0.84') }] })
    expect(got.hifpPay).toBe(parseFen('10103.92'))
    expect(got.segments[0]?.product).toBe('10103.923200')
  })

  test('G5: an exact half rounds away from zero, and its reversal is the negated amount', () => {
    expect(share('100.10').hifpPay).toBe(parseFen('85.09'))
    expect(mulRatio(negFen(parseFen('100.10')), parseRatio('0.85'))).toBe(parseFen('-85.09'))
  })

  test('G8: a bill under the deductible is paid by the person and uses it up by its own amount', () => {
    const got = share('500', { deductible: parseFen('800') })
    expect(got.actPayDedc).toBe(parseFen('500'))
    expect(got.hifpPay).toBe(ZERO_FEN)
    expect(got.poolPropSelfpay).toBe(8_500n)
  })

  test('a deductible used beyond its present size leaves nothing open', () => {
    const got = share('100', { deductible: parseFen('150'), deductibleUsed: parseFen('200') })
    expect(got.deductibleOpen).toBe(ZERO_FEN)
    expect(got.hifpPay).toBe(parseFen('85'))
  })

  test('the yearly cap cuts the payment, also when more than the cap was paid already', () => {
    expect(share('1000', { cap: parseFen('500'), paid: parseFen('450') }).hifpPay).toBe(parseFen('50'))
    expect(share('1000', { cap: parseFen('500'), paid: parseFen('501') }).hifpPay).toBe(ZERO_FEN)
  })

  test('each segment of the base has its ratio, and the reported ratio is the payment over the base', () => {
    const got = share('350', { deductible: parseFen('50'), steps: three })
    expect(got.segments.map((segment) => [segment.amount, segment.pay])).toEqual([
      [10_000n, 5_000n],
      [10_000n, 7_000n],
      [10_000n, 9_000n],
    ])
    expect(got.poolPropSelfpay).toBe(7_000n)
  })

  test('a base within the first bounds makes no empty segments', () => {
    expect(share('40', { steps: three }).segments).toHaveLength(1)
    expect(share('100', { steps: three }).segments).toHaveLength(1)
    expect(share('150', { steps: three }).segments.map((segment) => segment.amount)).toEqual([10_000n, 5_000n])
    expect(share('0', { steps: three }).segments.map((segment) => segment.amount)).toEqual([0n])
  })

  test('ratio and factor are one ratio with one rounding', () => {
    const got = share('100.10', { factor: parseRatio('0.9') })
    expect(got.segments[0]).toMatchObject({ ratio: 8_500n, applied: 7_650n, product: '76.576500' })
    expect(got.hifpPay).toBe(parseFen('76.58'))
  })

  test('deductible and segments sum to the in-scope amount, and a larger bill is never paid less', () => {
    const amount = fc.bigInt({ min: 0n, max: 1_000_000n }).map(fen)
    fc.assert(
      fc.property(amount, amount, amount, amount, (a, b, deductible, cap) => {
        const [less, more] = a < b ? [a, b] : [b, a]
        const shares = [less, more].map((inscpScpAmt) =>
          shareBasicFund({
            inscpScpAmt,
            deductible,
            deductibleUsed: ZERO_FEN,
            steps: three,
            factor: ONE,
            cap,
            paid: ZERO_FEN,
          }),
        )
        for (const [index, got] of shares.entries()) {
          expect(sumFen([got.actPayDedc, ...got.segments.map((segment) => segment.amount)])).toBe([less, more][index])
        }
        expect(shares[1]?.hifpPay).toBeGreaterThanOrEqual(shares[0]?.hifpPay as bigint)
      }),
    )
  })
})
