import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fen,
  lineAmount,
  type Price,
  parseFen,
  parsePrice,
  parseQuantity,
  parseRatio,
  type Quantity,
  sumFen,
} from '../../../src/kernel/money.ts'
import {
  lessReturns,
  netLines,
  splitCharge,
  splitReturn,
  sumParts,
  type UnsplitLine,
  type VisitLine,
} from '../../../src/settlement/visit/line-rules.ts'

const CITY = '510100'

const line = (feedetlSn: string, cnt: string, pric: string, more: Partial<UnsplitLine> = {}): UnsplitLine => ({
  feedetlSn,
  no: 0,
  chrgBchno: null,
  initFeedetlSn: null,
  diseCodg: null,
  feeOcurTime: new Date('2026-11-24T06:00:00Z'),
  medListCodg: 'X',
  medinsListCodg: 'L',
  detItemFeeSumamt: lineAmount(parseQuantity(cnt), parsePrice(pric)),
  cnt: parseQuantity(cnt),
  pric: parsePrice(pric),
  hospApprFlag: '0',
  chrgitmLv: '02',
  selfpayProp: parseRatio('0.1'),
  pricUplmtAmt: parsePrice('100'),
  lmtUsedFlag: '0',
  medChrgitmType: '09',
  listType: '101',
  catalogueRow: '1',
  claimId: null,
  ...more,
})

const whole = (one: VisitLine): bigint => sumFen(Object.values(sumParts([one])))

describe('the split of lines and their returns', () => {
  it('sums to the line', () => {
    const charge = splitCharge(line('1', '10', '120'), CITY)
    // G6 of the golden cases.
    expect(sumParts([charge])).toEqual({
      fulamtOwnpayAmt: 0n,
      overlmtAmt: parseFen('200'),
      preselfpayAmt: parseFen('100'),
      inscpScpAmt: parseFen('900'),
    })
  })

  it('of a return is what it changes, so that all of them together are the split of what is left', () => {
    fc.assert(
      fc.property(
        fc.bigInt(10_000n, 500_000n),
        fc.bigInt(1n, 300_000_000n),
        fc.bigInt(0n, 300_000_000n),
        fc.array(fc.bigInt(1n, 100n), { maxLength: 5 }),
        (cnt, pric, limit, shares) => {
          const terms = { pricUplmtAmt: limit as Price }
          const full = { ...line('1', '1', '1', terms), cnt: cnt as Quantity, pric: pric as Price }
          const charge = splitCharge({ ...full, detItemFeeSumamt: lineAmount(full.cnt, full.pric) }, CITY)
          const all: VisitLine[] = [charge]
          for (const share of shares) {
            const back = -((cnt * share) / 1000n) as Quantity
            const amount = lineAmount(back, charge.pric)
            if (back === 0n) continue
            const sent = {
              ...full,
              feedetlSn: `r${all.length}`,
              initFeedetlSn: '1',
              cnt: back,
              detItemFeeSumamt: amount,
            }
            const split = splitReturn(sent, charge, all.slice(1), CITY)
            if (split === undefined) continue
            expect(whole(split)).toBe(amount)
            all.push(split)
          }
          const [net] = netLines(all)
          if (net === undefined) expect(sumFen(Object.values(sumParts(all)))).toBe(0n)
          else expect(sumParts(all)).toEqual(sumParts([splitCharge(net, CITY)]))
        },
      ),
    )
  })

  it('refuses more than is left, in number or in money, and a rest of one without the other', () => {
    const charge = splitCharge(line('1', '3', '10'), CITY)
    const back = (cnt: string, amount: string) =>
      splitReturn(
        { ...line('r', '1', '10'), initFeedetlSn: '1', cnt: parseQuantity(cnt), detItemFeeSumamt: parseFen(amount) },
        charge,
        [],
        CITY,
      )
    expect(back('-4', '-40.00')).toBeUndefined()
    expect(back('-3', '-30.01')).toBeUndefined()
    expect(back('-3', '-29.99')).toBeUndefined()
    expect(back('-2', '-30.00')).toBeUndefined()
    expect(back('-3', '-30.00')).toMatchObject({ inscpScpAmt: fen(-2700n), preselfpayAmt: fen(-300n) })
    const first = back('-2', '-20.00')
    expect(
      splitReturn(
        { ...line('r2', '1', '10'), initFeedetlSn: '1', cnt: parseQuantity('-2'), detItemFeeSumamt: parseFen('-20') },
        charge,
        first ? [first] : [],
        CITY,
      ),
    ).toBeUndefined()
  })

  it('leaves lines that were returned whole out of the bill', () => {
    const charge = splitCharge(line('1', '2', '10'), CITY)
    const other = splitCharge(line('2', '1', '5'), CITY)
    const back = splitReturn(
      { ...line('r', '1', '10'), initFeedetlSn: '1', cnt: parseQuantity('-2'), detItemFeeSumamt: parseFen('-20') },
      charge,
      [],
      CITY,
    )
    if (back === undefined) throw new Error('the return is in order')
    expect(netLines([charge, other, back]).map((one) => one.feedetlSn)).toEqual(['2'])
    expect(lessReturns(charge, [back]).detItemFeeSumamt).toBe(0n)
  })
})
