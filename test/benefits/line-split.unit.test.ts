import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inScopeLine, splitLine } from '../../src/benefits/index.ts'
import { fen, parseFen, parsePrice, parseQuantity, parseRatio, sumFen } from '../../src/kernel/money.ts'
import { anyLine } from './arbitraries.ts'
import { CHENGDU, line } from './support.ts'

const parts = (amount: string, change: Parameters<typeof line>[1]) => {
  const split = splitLine(line(amount, change))
  return [split.fulamtOwnpayAmt, split.overlmtAmt, split.preselfpayAmt, split.inscpScpAmt]
}
const yuan = (...amounts: string[]) => amounts.map(parseFen)

describe('the split of a bill line', () => {
  test('G6: what is over the price limit is cut off before the first payment of a 乙 item', () => {
    const terms = { chrgitmLv: '02', pricUplmtAmt: parsePrice('100'), selfpayProp: parseRatio('0.1') } as const
    expect(parts('1200', { cnt: parseQuantity('10'), terms })).toEqual(yuan('0', '200', '100', '900'))
  })

  test('G7: the first payment is rounded once and the in-scope part is the rest', () => {
    expect(parts('33.35', { terms: { chrgitmLv: '02', selfpayProp: parseRatio('0.05') } })).toEqual(
      yuan('0', '0', '1.67', '31.68'),
    )
  })

  test('a limit of zero means no limit, and a price under the limit cuts nothing', () => {
    expect(parts('500', { terms: { pricUplmtAmt: parsePrice('0') } })).toEqual(yuan('0', '0', '0', '500'))
    expect(parts('500', { terms: { pricUplmtAmt: parsePrice('600') } })).toEqual(yuan('0', '0', '0', '500'))
  })

  test('a 甲 item is paid first by nobody, whatever ratio its row carries', () => {
    expect(parts('80', { terms: { selfpayProp: parseRatio('0.3') } })).toEqual(yuan('0', '0', '0', '80'))
  })

  test.each([
    ['a 丙 item', { terms: { chrgitmLv: '03' } }],
    ['a restricted item without approval', { lmtUsedFlag: '1', hospApprFlag: '0' }],
    ['a restricted item that the hospital refused', { lmtUsedFlag: '1', hospApprFlag: '2' }],
    ['an unrestricted item that the hospital refused', { lmtUsedFlag: '0', hospApprFlag: '2' }],
  ] as const)('%s is wholly self-paid, price limit or not', (_, change) => {
    const terms = { pricUplmtAmt: parsePrice('1'), ...('terms' in change ? change.terms : {}) }
    expect(parts('80', { ...change, terms })).toEqual(yuan('80', '0', '0', '0'))
  })

  test.each([
    ['a restricted item that is approved', { lmtUsedFlag: '1', hospApprFlag: '1' }],
    ['an unrestricted item', { lmtUsedFlag: '0', hospApprFlag: '1' }],
  ] as const)('%s is covered', (_, change) => {
    expect(parts('80', change)).toEqual(yuan('0', '0', '0', '80'))
  })

  test('refuses a negative amount, a negative quantity and a first payment above the whole', () => {
    expect(() => splitLine(line('-1'))).toThrow('never negative')
    expect(() => splitLine(line('1', { cnt: parseQuantity('-1') }))).toThrow('never negative')
    expect(() => splitLine(line('1', { terms: { selfpayProp: parseRatio('1.0001') } }))).toThrow('at most the whole')
  })

  test('a bill known only by its in-scope amount is an ordinary 甲 line', () => {
    const split = splitLine(inScopeLine({ feedetlSn: 'L9', amount: fen(12_345n), admdvs: CHENGDU }))
    expect(split).toMatchObject({ feedetlSn: 'L9', detItemFeeSumamt: 12_345n, inscpScpAmt: 12_345n })
  })

  test('the parts sum to the line and none is negative', () => {
    fc.assert(
      fc.property(anyLine, (input) => {
        const { feedetlSn, detItemFeeSumamt, ...rest } = splitLine(input)
        expect(feedetlSn).toBe(input.feedetlSn)
        expect(sumFen(Object.values(rest))).toBe(detItemFeeSumamt)
        expect(Object.values(rest).every((part) => part >= 0n)).toBe(true)
      }),
    )
  })
})
