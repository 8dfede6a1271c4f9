import { describe, expect, test } from 'vitest'
import type { SettlementInfo } from '../../src/demo/answers.ts'
import { createProviderBook, debtsOf, totalsOf } from '../../src/demo/provider-book.ts'

const info = (setl_id: string, more: Partial<SettlementInfo> = {}): SettlementInfo =>
  ({
    setl_id,
    setl_time: '2026-11-24T03:00:00.000Z',
    fixmedins_code: 'H51010499001',
    insutype: '310',
    clr_type: '11',
    insuplc_admdvs: '510600',
    mdtrtarea_admvs: '510100',
    medfee_sumamt: '300.00',
    fund_pay_sumamt: '125.00',
    acct_pay: '175.00',
    ...more,
  }) as SettlementInfo

describe('the book that a hospital keeps itself', () => {
  test('writes a settlement once, however often its answer comes', () => {
    const book = createProviderBook()
    book.write(info('a'))
    book.write(info('a'))
    expect(book.rows()).toHaveLength(1)
  })

  test('puts a settlement on its day in China', () => {
    const book = createProviderBook()
    book.write(info('late', { setl_time: '2026-11-24T16:30:00.000Z' }))
    expect(book.of('H51010499001', '2026-11-25')).toHaveLength(1)
    expect(book.of('H51010499001', '2026-11-24')).toEqual([])
  })

  test('sums by insurance and kind of clearing, a refund with its minus', () => {
    const book = createProviderBook()
    book.write(info('a'))
    book.write(info('b', { medfee_sumamt: '-300.00', fund_pay_sumamt: '-125.00', acct_pay: '-175.00' }), true)
    book.write(info('c', { clr_type: '41', medfee_sumamt: '10.01', fund_pay_sumamt: '5.00', acct_pay: '0.00' }))
    expect(totalsOf(book.rows())).toEqual([
      { insutype: '310', clrType: '11', medfee: 0n, fundPay: 0n, acctPay: 0n, count: 2 },
      { insutype: '310', clrType: '41', medfee: 1001n, fundPay: 500n, acctPay: 0n, count: 1 },
    ])
  })

  test('counts fund and account as debt between cities, and nothing at home', () => {
    const book = createProviderBook()
    book.write(info('a'))
    book.write(info('home', { mdtrtarea_admvs: '510600' }))
    expect([...debtsOf(book.rows())]).toEqual([['510600/510100', 30_000n]])
  })
})
