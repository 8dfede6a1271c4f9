import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type BillLine, decodeTrace, encodeTrace, replay, resettle, writeShares } from '../../src/benefits/index.ts'
import { fen, parseFen, parsePrice, parseQuantity, parseRatio } from '../../src/kernel/money.ts'
import { claim, DEYANG, line, nothingUsed, settle } from './support.ts'

/** Stored before traces had the compact form: a retired person of 德阳 at a hospital of 成都. */
const FIRST_FORMAT = readFileSync(join(import.meta.dirname, 'trace-format-1.json'), 'utf8')
const old = JSON.parse(FIRST_FORMAT) as { shares: Record<string, string>; steps: { accumulatorsAfter: object } }

const tenLines: readonly BillLine[] = Array.from({ length: 10 }, (_, n) =>
  line('1234567.89', {
    feedetlSn: `20260302000000000000000000000${n}`.slice(0, 30),
    cnt: parseQuantity('10.5'),
    lmtUsedFlag: '1',
    hospApprFlag: '1',
    terms: { chrgitmLv: '02', pricUplmtAmt: parsePrice('1234.567890'), selfpayProp: parseRatio('0.15') },
  }),
)

describe('a trace of the first format', () => {
  test.each([
    ['as text', FIRST_FORMAT],
    ['as the JSON of a column', old],
  ])('%s replays to the same fen', (_, stored) => {
    const trace = decodeTrace(stored)
    const again = replay(trace)
    expect(writeShares(again.shares)).toEqual(old.shares)
    expect(again.shares).toEqual(trace.shares)
    expect(again.accumulatorsAfter).toMatchObject({ outpatientDeductible: 15_000n, outpatientPaid: 52_000n })
    expect(again.movements).toEqual(trace.movements)
    expect(again.details.map((row) => row.fundPayType)).toEqual(['310102', '310200'])
    expect(again.verified).toBe(false)
  })

  test('can be written in the present one', () => {
    const trace = decodeTrace(FIRST_FORMAT)
    expect(decodeTrace(encodeTrace(trace))).toEqual(trace)
  })

  test('says what it would be after an earlier settlement went', () => {
    expect(resettle(decodeTrace(FIRST_FORMAT), nothingUsed)).toMatchObject({ overpaid: 6_000n, movedOtherwise: true })
  })
})

describe('the text of a trace', () => {
  test('of ten long lines is short enough to stay in the row of a table', () => {
    const stay = claim('0', {
      insuplcAdmdvs: DEYANG,
      medType: '21',
      acctUsedFlag: '1',
      balance: parseFen('3000'),
      accumulators: {
        ...nothingUsed,
        inpatientStays: fen(1n),
        inpatientPaid: parseFen('499000'),
        inScopeBurden: fen(7n),
      },
      lines: tenLines,
    })
    const text = encodeTrace(settle(stay).trace)
    expect(Buffer.byteLength(text)).toBeLessThan(2_000)
    const short = claim('0', { medType: '21', lines: tenLines.map((one, n) => ({ ...one, feedetlSn: `L${n}` })) })
    expect(Buffer.byteLength(encodeTrace(settle(short).trace))).toBeLessThan(1_500)
  })

  test('keeps amounts that a JSON number would round, and serials of any characters', () => {
    const huge = claim('0', {
      lines: [line('99999999999999.99', { feedetlSn: '"],[\\ 甲\u0000' })],
      balance: parseFen('0.01'),
    })
    const { trace } = settle(huge)
    const stored = decodeTrace(encodeTrace(trace))
    expect(stored.claim).toEqual(trace.claim)
    expect(stored.shares.medfeeSumamt).toBe(9_999_999_999_999_999n)
    expect(decodeTrace(JSON.parse(encodeTrace(trace))).shares).toEqual(trace.shares)
  })

  test.each([
    ['text that is no JSON', 'trace', 'JSON'],
    ['nothing', null, 'no trace'],
    ['another format', [3], 'no trace'],
    ['an object of no format', {}, 'no trace'],
  ])('%s is refused', (_, stored, message) => {
    expect(() => decodeTrace(stored)).toThrow(message)
  })

  test('an item that there is not, or an amount that is missing, is refused', () => {
    const parsed = JSON.parse(encodeTrace(settle(claim('10')).trace)) as unknown[][][]
    const [, , , rows, , , shares] = parsed as unknown as [0, 0, 0, unknown[][], 0, 0, unknown[]]
    const first = rows[0] as unknown[]
    first[2] = 99
    expect(() => decodeTrace(parsed)).toThrow('names an item')
    first[2] = 0
    shares.pop()
    expect(() => decodeTrace(parsed)).toThrow('lacks an amount')
  })
})
