import { describe, expect, test } from 'vitest'
import { parseFen } from '../../src/kernel/money.ts'
import {
  compareRows,
  compareTotals,
  type Difference,
  nextStep,
  sumRows,
  unknownIds,
} from '../../src/reconciliation/rules.ts'
import type { DayRow } from '../../src/settlement/index.ts'

const total = (insutype: string, medfee: string, count: number) => ({
  insutype,
  clrType: '11',
  medfee: parseFen(medfee),
  fundPay: parseFen('10'),
  acctPay: parseFen('0'),
  count,
})
const row = (setlId: string, more: Partial<DayRow> = {}): DayRow => ({
  setlId,
  date: '2026-11-24',
  insutype: '310',
  clrType: '11',
  refund: false,
  medfee: parseFen('100'),
  fundPay: parseFen('50'),
  acctPay: parseFen('0'),
  ...more,
})

describe('totals', () => {
  test('a group that only one side has is a difference against nothing', () => {
    const results = compareTotals([total('310', '100', 1)], [total('390', '70', 2)])
    expect(results.map((one) => [one.insutype, one.equal, one.difference])).toEqual([
      ['310', false, { medfee: 10_000n, fundPay: 1_000n, acctPay: 0n, count: 1 }],
      ['390', false, { medfee: -7_000n, fundPay: -1_000n, acctPay: 0n, count: -2 }],
    ])
  })

  test('equal amounts with another count are not equal', () => {
    expect(compareTotals([total('310', '100', 1)], [total('310', '100', 2)])[0]?.equal).toBe(false)
    expect(compareTotals([total('310', '100', 2)], [total('310', '100', 2)])[0]?.equal).toBe(true)
  })

  test('an empty day equals an empty day', () => {
    expect(compareTotals([], [])).toEqual([])
  })
})

describe('rows', () => {
  test('each class is found, and equal rows are not mentioned', () => {
    const sent = [
      row('same'),
      row('amount', { acctPay: parseFen('1') }),
      row('mine'),
      row('refund-mine', { refund: true }),
      row('flag', { refund: true }),
    ]
    const center = [row('same'), row('amount'), row('yours'), row('refund-yours', { refund: true }), row('flag')]
    const found = compareRows(sent, center, new Map())
    expect(found.map((one) => [one.setlId, one.class])).toEqual([
      ['amount', 'AMOUNT_DIFF'],
      ['flag', 'REFUND_DIFF'],
      ['mine', 'PROVIDER_ONLY'],
      ['refund-mine', 'REFUND_DIFF'],
      ['refund-yours', 'REFUND_DIFF'],
      ['yours', 'CENTER_ONLY'],
    ])
    const step = (id: string, open = true) => nextStep(found.find((one) => one.setlId === id) as Difference, open)
    expect(step('amount')).toBe('reverse-and-settle-again')
    expect(step('mine')).toBe('settle-again-or-void')
    expect(step('yours')).toBe('record-or-reverse')
    expect(step('refund-yours')).toBe('record-the-refund')
    expect(step('refund-mine')).toBe('refund-or-void')
    expect(step('flag')).toBe('refund-or-void')
    expect(step('yours', false)).toBe('offset-next-period')
  })

  test('a row that stands at the centre on another day is moved there, whatever its month, and never settled again', () => {
    const sent = [row('here'), row('yesterday', { acctPay: parseFen('1') }), row('nowhere')]
    const center = [row('here')]
    expect(unknownIds(sent, center)).toEqual(['yesterday', 'nowhere'])
    const yesterday = row('yesterday', { date: '2026-10-31' })
    const found = compareRows(sent, center, new Map([['yesterday', yesterday]]))
    expect(found.map((one) => [one.setlId, one.class, one.day])).toEqual([
      ['nowhere', 'PROVIDER_ONLY', null],
      ['yesterday', 'OTHER_DAY', '2026-10-31'],
    ])
    expect(found.map((one) => nextStep(one, false))).toEqual(['offset-next-period', 'move-to-its-day'])
    expect(nextStep(found[1] as Difference, true)).toBe('move-to-its-day')
  })

  test('sum up to the totals of their groups', () => {
    const rows = [row('a'), row('b', { medfee: parseFen('-100'), refund: true }), row('c', { insutype: '390' })]
    expect(sumRows(rows)).toEqual([
      { insutype: '310', clrType: '11', medfee: 0n, fundPay: 10_000n, acctPay: 0n, count: 2 },
      { insutype: '390', clrType: '11', medfee: 10_000n, fundPay: 5_000n, acctPay: 0n, count: 1 },
    ])
    expect(sumRows([])).toEqual([])
  })
})
