import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fen, negFen, parseFen, sumFen } from '../../src/kernel/money.ts'
import type { Posting } from '../../src/ledger/index.ts'
import { accountNo, entriesOf, sidesOf, totalChanges } from '../../src/ledger/rules.ts'

const posting = (more: Partial<Posting> = {}): Posting => ({
  source: 'settlement',
  bizId: 'b',
  personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
  kind: 'settlement',
  reverses: null,
  eventAt: new Date('2026-11-24T07:00:00Z'),
  month: '2026-11',
  insuredCity: '510600',
  treatmentCity: '510100',
  institution: 'H51010499001',
  clrType: '11',
  funds: [{ fund: '310102', amount: parseFen('125.00') }],
  account: parseFen('30.00'),
  ...more,
})

const CITIES = ['510100', '510600', '511400', '512000'] as const
const anyPosting = fc
  .record({
    insuredCity: fc.constantFrom(...CITIES),
    treatmentCity: fc.constantFrom(...CITIES),
    funds: fc.array(
      fc.record({ fund: fc.constantFrom('310102', '330100'), amount: fc.bigInt(-9_999n, 9_999n).map(fen) }),
    ),
    account: fc.bigInt(-9_999n, 9_999n).map(fen),
  })
  .map(posting)

describe('entries', () => {
  test('local care stays in one book', () => {
    const entries = entriesOf(posting({ treatmentCity: '510600' }))
    expect(entries.map((one) => [one.account.code, one.amount])).toEqual([
      ['fund_expense/510600/310102', 12_500n],
      ['psn_account/510600', 3_000n],
      ['provider_payable/510600/H51010499001/11', -15_500n],
    ])
  })

  test('nothing paid, nothing booked', () => {
    expect(entriesOf(posting({ funds: [{ fund: '310102', amount: fen(0n) }], account: fen(0n) }))).toEqual([])
  })

  test('every posting balances in each book, and its reversal mirrors it entry by entry', () => {
    fc.assert(
      fc.property(anyPosting, (one) => {
        const entries = entriesOf(one)
        const books = Map.groupBy(entries, (entry) => entry.account.book)
        for (const book of books.values()) expect(sumFen(book.map((entry) => entry.amount))).toBe(0n)
        expect(entries.map((entry) => entry.leg)).toEqual(entries.map((_, index) => index + 1))
        const mirrored = entriesOf({
          ...one,
          funds: one.funds.map((part) => ({ ...part, amount: negFen(part.amount) })),
          account: negFen(one.account),
        })
        expect(mirrored).toEqual(entries.map((entry) => ({ ...entry, amount: negFen(entry.amount) })))
      }),
    )
  })
})

describe('sides', () => {
  test('local care has one, care elsewhere one in each book, and both hold every entry once', () => {
    fc.assert(
      fc.property(anyPosting, (one) => {
        const entries = entriesOf(one)
        const [own, other] = sidesOf(one, entries)
        expect([...own.entries, ...(other?.entries ?? [])]).toEqual(entries)
        expect(own.book).toBe(one.insuredCity)
        for (const side of [own, other]) {
          expect(sumFen(side?.entries.map((entry) => entry.amount) ?? [])).toBe(0n)
          for (const entry of side?.entries ?? []) expect(entry.account.book).toBe(side?.book)
        }
        if (other !== null) expect(other.book).toBe(one.treatmentCity)
      }),
    )
  })
})

describe('account numbers', () => {
  test('begin with the book and differ by the code', () => {
    const codes = CITIES.flatMap((city) =>
      Array.from({ length: 25_001 }, (_, at) => `provider_payable/${city}/H${city}${at}/11`),
    )
    const numbers = codes.map(accountNo)
    expect(new Set(numbers).size).toBe(codes.length)
    const books = numbers.map((no) => no / 10_000_000_000_000n)
    expect(books.every((book, at) => book === BigInt(codes[at]?.split('/')[1] ?? 0))).toBe(true)
    // More than are remembered: the number does not depend on that.
    expect(accountNo(codes[0] as string)).toBe(numbers[0])
    expect(accountNo(codes[0] as string)).toBe(numbers[0])
  })
})

describe('counters', () => {
  test('changes of one counter are summed, and come in one order whatever the order of the postings', () => {
    const reversal = posting({
      kind: 'reversal',
      reverses: 'a',
      funds: [{ fund: '310102', amount: parseFen('-25.00') }],
      account: fen(0n),
    })
    const changes = totalChanges([posting(), reversal])
    expect(changes).toEqual([
      expect.objectContaining({ fund: '310102', amount: 10_000n, settlements: 1, reversals: 1 }),
      expect.objectContaining({ fund: '310200', amount: 3_000n, settlements: 1, reversals: 0 }),
    ])
    expect(totalChanges([reversal, posting()])).toEqual(changes)
  })

  test('they add up to what was posted', () => {
    fc.assert(
      fc.property(fc.array(anyPosting), (postings) => {
        const posted = sumFen(postings.flatMap((one) => [...one.funds.map((part) => part.amount), one.account]))
        expect(sumFen(totalChanges(postings).map((one) => one.amount))).toBe(posted)
      }),
    )
  })
})
