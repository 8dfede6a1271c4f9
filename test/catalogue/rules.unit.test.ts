import { describe, expect, it } from 'vitest'
import { priceLevelOf, termsOf } from '../../src/catalogue/rules.ts'
import type { Held } from '../../src/catalogue/types.ts'
import { parsePrice, parseRatio } from '../../src/kernel/money.ts'

const item = {
  area: '510000',
  from: '2020-01-01',
  to: null,
  name: '示例',
  listType: '101',
  medChrgitmType: '09',
  chrgitmLv: '01',
  selfpayProp: parseRatio('0'),
  lmtUsedFlag: '0',
  rid: 7,
  version: 2,
} as const
const limit = { area: '510000', from: '2020-01-01', to: null, level: '3', price: parsePrice('10') } as const

describe('the terms of an item', () => {
  const held: Held = {
    items: [item, { ...item, area: '510600', from: '2026-01-01', to: '2026-06-30', chrgitmLv: '03', rid: 8 }],
    limits: [limit, { ...limit, area: '512000', price: parsePrice('9') }],
  }

  it.each([
    ['510600', '2025-12-31', '01', 10_000_000n, '7.2'],
    ['510600', '2026-01-01', '03', 10_000_000n, '8.2'],
    ['510600', '2026-06-30', '03', 10_000_000n, '8.2'],
    ['510600', '2026-07-01', '01', 10_000_000n, '7.2'],
    ['512000', '2026-01-01', '01', 9_000_000n, '7.2'],
    ['510100', '2026-01-01', '01', 10_000_000n, '7.2'],
  ] as const)('in %s on %s', (city, date, chrgitmLv, pricUplmtAmt, rowId) => {
    expect(termsOf(held, city, date, '3')).toMatchObject({ admdvs: city, chrgitmLv, pricUplmtAmt, rowId })
  })

  it('have no limit at a level for which none is set, and are not there before their first day', () => {
    expect(termsOf(held, '510100', '2026-01-01', '1')?.pricUplmtAmt).toBe(0n)
    expect(termsOf(held, '510100', '2019-12-31', '3')).toBeUndefined()
    expect(termsOf({ items: [], limits: [limit] }, '510100', '2026-01-01', '3')).toBeUndefined()
  })

  it('do not follow the row of another city', () => {
    const other: Held = { items: [{ ...item, area: '510600' }], limits: [] }
    expect(termsOf(other, '510100', '2026-01-01', '3')).toBeUndefined()
  })
})

it('counts a place without a level as one of the lowest', () => {
  expect([0, 1, 2, 3].map(priceLevelOf)).toEqual(['1', '1', '2', '3'])
})
