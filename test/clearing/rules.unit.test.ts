import { expect, test } from 'vitest'
import { cityPositions, pairPositions } from '../../src/clearing/rules.ts'
import { fen, parseFen } from '../../src/kernel/money.ts'
import type { WindowTotal } from '../../src/ledger/index.ts'

const total = (payer: string, payee: string, amount: string): WindowTotal => ({
  payer,
  payee,
  fund: '310102',
  clrType: '11',
  amount: parseFen(amount),
  settlements: 1n,
  reversals: 0n,
})
const [CHENGDU, DEYANG, MEISHAN, ZIYANG] = ['510100', '510600', '511400', '512000'] as const

/** The worked example of a month among the four cities. */
const MONTH = [
  total(DEYANG, CHENGDU, '600000'),
  // Two funds of one pair add up.
  { ...total(DEYANG, CHENGDU, '400000'), fund: '310200' },
  total(MEISHAN, CHENGDU, '800000'),
  total(ZIYANG, CHENGDU, '500000'),
  total(CHENGDU, DEYANG, '300000'),
  total(CHENGDU, MEISHAN, '200000'),
  total(CHENGDU, ZIYANG, '100000'),
  total(MEISHAN, ZIYANG, '50000'),
  total(ZIYANG, MEISHAN, '20000'),
]

test('pairs are netted: each city pays the difference to the other', () => {
  const paying = pairPositions(MONTH).filter((pair) => pair.net > 0n)
  expect(paying.map((pair) => [pair.payer, pair.payee, pair.net])).toEqual([
    [DEYANG, CHENGDU, parseFen('700000')],
    [MEISHAN, CHENGDU, parseFen('600000')],
    [MEISHAN, ZIYANG, parseFen('30000')],
    [ZIYANG, CHENGDU, parseFen('400000')],
  ])
})

test('a city that nobody owes and that owes nobody stands at zero', () => {
  const nets = new Map([
    [CHENGDU, parseFen('1700000')],
    [DEYANG, parseFen('-1700000')],
  ])
  expect(cityPositions(nets)).toEqual([
    { city: CHENGDU, net: parseFen('1700000') },
    { city: DEYANG, net: parseFen('-1700000') },
    { city: MEISHAN, net: 0n },
    { city: ZIYANG, net: 0n },
  ])
})

test('for one city only its own pairs are made', () => {
  const own = pairPositions(MONTH, MEISHAN)
  expect(own).toHaveLength(6)
  expect(own.every((pair) => pair.payer === MEISHAN || pair.payee === MEISHAN)).toBe(true)
  expect(own).toEqual(pairPositions(MONTH).filter((pair) => pair.payer === MEISHAN || pair.payee === MEISHAN))
})

test('a month without claims still lists every ordered pair, at zero', () => {
  const pairs = pairPositions([])
  expect(pairs).toHaveLength(12)
  expect(pairs.every((pair) => pair.gross === fen(0n) && pair.net === fen(0n))).toBe(true)
})
