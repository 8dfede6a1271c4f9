import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addFen,
  allocate,
  combineRatios,
  exactProduct,
  type Fen,
  fen,
  formatFen,
  formatPrice,
  formatQuantity,
  formatRatio,
  lineAmount,
  maxFen,
  minFen,
  mulRatio,
  negFen,
  ONE,
  parseFen,
  parsePrice,
  parseQuantity,
  parseRatio,
  ratio,
  ratioOf,
  subFen,
  sumFen,
  ZERO_FEN,
} from '../../src/kernel/money.ts'

const anyFen = fc.bigInt({ min: -(10n ** 16n) + 1n, max: 10n ** 16n - 1n }).map(fen)
const anyRatio = fc.bigInt({ min: 0n, max: 20_000n }).map(ratio)
const anyWeights = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 })
  .filter((weights) => weights.some((weight) => weight > 0n))

describe('amounts on the wire', () => {
  test.each([
    ['1234.50', 123_450n],
    ['1234.5', 123_450n],
    ['1234', 123_400n],
    ['0', 0n],
    ['0.01', 1n],
    ['-0.01', -1n],
    ['-0.00', 0n],
    ['-20.07', -2_007n],
    ['99999999999999.99', 9_999_999_999_999_999n],
  ])('reads %s', (text, value) => {
    expect(parseFen(text)).toBe(value)
  })

  test.each([
    '',
    ' 1',
    '1 ',
    '1.',
    '.5',
    '01',
    '1.234',
    '1e3',
    '+1',
    '--1',
    '1,000',
    'NaN',
    '¥1',
    '100000000000000',
    '1\n',
    '１',
  ])('refuses %j', (text) => {
    expect(() => parseFen(text)).toThrow(new RangeError('not a decimal amount'))
  })

  test.each([
    [0n, '0.00'],
    [5n, '0.05'],
    [-5n, '-0.05'],
    [123_450n, '1234.50'],
    [-100n, '-1.00'],
  ])('writes %s fen with two decimals', (value, text) => {
    expect(formatFen(fen(value))).toBe(text)
  })

  test('writing and reading again gives the same amount', () => {
    fc.assert(
      fc.property(anyFen, (value) => {
        expect(parseFen(formatFen(value))).toBe(value)
      }),
    )
  })
})

describe('ratios', () => {
  test('reads and writes four decimals', () => {
    expect(parseRatio('0.85')).toBe(8_500n)
    expect(parseRatio('1')).toBe(ONE)
    expect(formatRatio(ratio(8_500))).toBe('0.8500')
    fc.assert(fc.property(anyRatio, (value) => parseRatio(formatRatio(value)) === value))
  })

  test('refuses a negative or fractional number of basis points and a malformed text', () => {
    expect(() => ratio(-1)).toThrow(RangeError)
    expect(() => ratio(0.5)).toThrow(RangeError)
    expect(() => parseRatio('-0.5')).toThrow(new RangeError('not a decimal ratio'))
    expect(() => parseRatio('0.12345')).toThrow(RangeError)
  })

  test('rounds a share half away from zero, once', () => {
    expect(mulRatio(parseFen('12028.48'), parseRatio('0.84'))).toBe(parseFen('10103.92'))
    expect(mulRatio(parseFen('100.10'), parseRatio('0.85'))).toBe(parseFen('85.09'))
    expect(mulRatio(parseFen('-100.10'), parseRatio('0.85'))).toBe(parseFen('-85.09'))
    expect(mulRatio(parseFen('33.35'), parseRatio('0.05'))).toBe(parseFen('1.67'))
  })

  test('shows the product before rounding', () => {
    expect(exactProduct(parseFen('12028.48'), parseRatio('0.84'))).toBe('10103.923200')
    expect(exactProduct(parseFen('-100.10'), parseRatio('0.85'))).toBe('-85.085000')
  })

  test('the share of a negated amount is the negated share', () => {
    fc.assert(
      fc.property(anyFen, anyRatio, (value, share) => {
        expect(mulRatio(negFen(value), share)).toBe(negFen(mulRatio(value, share)))
      }),
    )
  })

  test('a share is within half a fen of the exact product', () => {
    fc.assert(
      fc.property(anyFen, anyRatio, (value, share) => {
        const twice = (mulRatio(value, share) * 10_000n - value * share) * 2n
        expect(twice < 0n ? -twice : twice).toBeLessThanOrEqual(10_000n)
      }),
    )
  })

  test('a share of everything is the amount and a share of nothing is zero', () => {
    fc.assert(
      fc.property(anyFen, (value) => {
        expect(mulRatio(value, ONE)).toBe(value)
        expect(mulRatio(value, ratio(0))).toBe(ZERO_FEN)
      }),
    )
  })

  test('two ratios combine into one basis-point ratio', () => {
    expect(combineRatios(parseRatio('0.85'), parseRatio('0.9'))).toBe(7_650n)
    expect(combineRatios(parseRatio('0.3333'), parseRatio('0.5'))).toBe(1_667n)
    fc.assert(fc.property(anyRatio, (value) => combineRatios(value, ONE) === value))
  })

  test('a part of a whole as a ratio, also when both are negated', () => {
    expect(ratioOf(parseFen('10103.92'), parseFen('12028.48'))).toBe(8_400n)
    expect(ratioOf(parseFen('-1.00'), parseFen('-3.00'))).toBe(3_333n)
    expect(() => ratioOf(fen(1n), ZERO_FEN)).toThrow('no ratio of a zero whole')
    expect(() => ratioOf(fen(-1n), fen(1n))).toThrow(RangeError)
  })
})

describe('quantity times price', () => {
  test('is rounded once, to the fen', () => {
    expect(lineAmount(parseQuantity('10'), parsePrice('120'))).toBe(parseFen('1200'))
    expect(lineAmount(parseQuantity('0.3333'), parsePrice('0.015'))).toBe(fen(0n))
    expect(lineAmount(parseQuantity('3'), parsePrice('0.001667'))).toBe(fen(1n))
    expect(lineAmount(parseQuantity('-3'), parsePrice('0.335'))).toBe(parseFen('-1.01'))
  })

  test('reads and writes quantities and prices exactly', () => {
    expect(formatQuantity(parseQuantity('-2.5'))).toBe('-2.5000')
    expect(formatPrice(parsePrice('0.000001'))).toBe('0.000001')
    expect(() => parseQuantity('1.00001')).toThrow(new RangeError('not a decimal quantity'))
    expect(() => parsePrice('-1')).toThrow(new RangeError('not a decimal price'))
  })
})

describe('sums and bounds', () => {
  test('add up, subtract and compare', () => {
    expect(addFen(fen(2n), fen(3n))).toBe(5n)
    expect(subFen(fen(2n), fen(3n))).toBe(-1n)
    expect(sumFen([])).toBe(ZERO_FEN)
    expect(sumFen([fen(1n), fen(-4n), fen(10n)])).toBe(7n)
    expect(minFen(fen(3n), fen(-1n), fen(2n))).toBe(-1n)
    expect(maxFen(fen(3n), fen(-1n), fen(9n))).toBe(9n)
    expect(minFen(fen(3n))).toBe(3n)
    expect(maxFen(fen(3n), fen(1n))).toBe(3n)
  })
})

describe('allocation', () => {
  test('gives the odd fen to the largest remainder, the earlier one on a tie', () => {
    expect(allocate(fen(100n), [1n, 1n, 1n])).toEqual([34n, 33n, 33n])
    expect(allocate(fen(-100n), [1n, 1n, 1n])).toEqual([-34n, -33n, -33n])
    expect(allocate(fen(10n), [1n, 5n, 0n])).toEqual([2n, 8n, 0n])
    expect(allocate(fen(5n), [1n, 2n, 4n])).toEqual([1n, 1n, 3n])
  })

  test('refuses weights that cannot carry a total', () => {
    expect(() => allocate(fen(1n), [])).toThrow('an allocation needs at least one positive weight')
    expect(() => allocate(fen(1n), [0n, 0n])).toThrow('an allocation needs at least one positive weight')
    expect(() => allocate(fen(1n), [2n, -1n])).toThrow('weights are never negative')
  })

  test('loses no fen and stays within one fen of each share, so a zero weight gets nothing', () => {
    fc.assert(
      fc.property(anyFen, anyWeights, (total, weights) => {
        const parts = allocate(total, weights)
        const sum = weights.reduce((a, b) => a + b, 0n)
        expect(sumFen(parts)).toBe(total)
        parts.forEach((part, index) => {
          const distance = part * sum - total * (weights[index] as bigint)
          expect(distance < 0n ? -distance : distance).toBeLessThan(sum)
        })
      }),
    )
  })

  test('a negated total is allocated as the negated parts', () => {
    fc.assert(
      fc.property(anyFen, anyWeights, (total, weights) => {
        expect(allocate(negFen(total), weights)).toEqual(allocate(total, weights).map((part: Fen) => negFen(part)))
      }),
    )
  })
})
