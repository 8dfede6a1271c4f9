import { describe, expect, test } from 'vitest'
import { NO_ACCUMULATORS } from '../../src/benefits/index.ts'
import { parseFen } from '../../src/kernel/money.ts'
import { proveWindow } from '../../src/ledger/index.ts'
import { openAccounts, openYear } from '../../src/settlement/index.ts'
import { useDatabase } from '../support/database.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

describe('the golden cases through the API and a worker', () => {
  test('G9, G10 and G18: a deductible used in one city counts in the next, and a refund flags what read it', async () => {
    const person = await stage.person('510600')
    const deyang = stage.hospital('510600', 2)
    const chengdu = stage.hospital('510100', 3)

    const g9 = await stage.claim(deyang, bill(person, '150.00'))
    expect(g9.status).toBe(201)
    expect(g9.body).toMatchObject({ state: 'settled', reasons: [] })
    expect(g9.body.setlinfo).toMatchObject({
      insuplc_admdvs: '510600',
      mdtrtarea_admvs: '510600',
      inscp_scp_amt: '150.00',
      act_pay_dedc: '150.00',
      hifp_pay: '0.00',
      fund_pay_sumamt: '0.00',
      psn_part_amt: '150.00',
      psn_cash_pay: '150.00',
      window: '2026-11',
      policy_verified: false,
    })

    const g10 = await stage.claim(chengdu, bill(person, '300.00'))
    expect(g10.body.setlinfo).toMatchObject({
      insuplc_admdvs: '510600',
      mdtrtarea_admvs: '510100',
      act_pay_dedc: '50.00',
      hifp_pay: '125.00',
      psn_part_amt: '175.00',
      pool_prop_selfpay: '0.5000',
      setldetail: [
        { fund_pay_type: '310102', inscp_scp_amt: '300.00', crt_payb_lmt_amt: '2000.00', fund_payamt: '125.00' },
      ],
    })

    const refund = await stage.reverse(deyang, g9.body.claim_id)
    expect(refund.status).toBe(201)
    expect(refund.body).toMatchObject({ init_setl_id: g9.body.setlinfo.setl_id })
    expect(refund.body.setlinfo).toMatchObject({
      medfee_sumamt: '-150.00',
      inscp_scp_amt: '-150.00',
      act_pay_dedc: '-150.00',
      hifp_pay: '0.00',
      psn_part_amt: '-150.00',
      psn_cash_pay: '-150.00',
      lines: [{ det_item_fee_sumamt: '-150.00', inscp_scp_amt: '-150.00' }],
    })

    const later = await stage.get(
      `/settlement/claims/${g10.body.claim_id}`,
      await stage.headers('hospital', { institution: chengdu }),
    )
    expect(later.body.needs_resettle).toMatchObject({ overpaid_amt: '75.00', because_of: refund.body.setlinfo.setl_id })
    expect(later.body.setlinfo).toEqual(g10.body.setlinfo)

    const again = await stage.reverse(deyang, g9.body.claim_id)
    expect(again).toMatchObject({ status: 409, body: { code: 'settlement.already-reversed' } })

    // Settled again after its own refund, G10 comes to the 50.00 that are due, and nothing is flagged any more.
    expect((await stage.reverse(chengdu, g10.body.claim_id)).status).toBe(201)
    const resettled = await stage.claim(chengdu, bill(person, '300.00'))
    expect(resettled.body.setlinfo).toMatchObject({ act_pay_dedc: '200.00', hifp_pay: '50.00', psn_part_amt: '250.00' })
    const flags = await database.db
      .selectFrom('settlement_resettle')
      .select('result_id')
      .where('person_id', '=', person)
      .execute()
    expect(flags).toEqual([])
  })

  test('G11: the yearly cap cuts what the fund pays, with what was used before the hub knew the person', async () => {
    const person = await stage.person('510100')
    await openYear(stage.deps, {
      personId: person,
      insuredCity: '510100',
      year: 2026,
      insutype: '310',
      used: {
        ...NO_ACCUMULATORS,
        outpatientDeductible: parseFen('200.00'),
        outpatientPaid: parseFen('1950.00'),
      },
    })
    const g11 = await stage.claim(stage.hospital('510100', 3), bill(person, '500.00'))
    expect(g11.body.setlinfo).toMatchObject({
      act_pay_dedc: '0.00',
      hifp_pay: '50.00',
      psn_part_amt: '450.00',
      setldetail: [{ crt_payb_lmt_amt: '50.00', fund_payamt: '50.00' }],
    })
  })

  test('the personal account pays what it holds, and a refund returns it', async () => {
    const person = await stage.person('510600')
    await openAccounts(stage.deps, [{ personId: person, insuredCity: '510600', balance: parseFen('100.00') }])
    const chengdu = stage.hospital('510100', 3)
    const paid = await stage.claim(chengdu, bill(person, '300.00', { acct_used_flag: '1' }))
    expect(paid.body.setlinfo).toMatchObject({
      hifp_pay: '50.00',
      psn_part_amt: '250.00',
      acct_pay: '100.00',
      psn_cash_pay: '150.00',
      balc: '0.00',
    })
    const back = await stage.reverse(chengdu, paid.body.claim_id)
    expect(back.body.setlinfo).toMatchObject({ acct_pay: '-100.00', psn_cash_pay: '-150.00', balc: '100.00' })
    const account = await database.db
      .selectFrom('settlement_account')
      .select(['balance_fen', 'moves'])
      .where('person_id', '=', person)
      .executeTakeFirstOrThrow()
    expect(account).toEqual({ balance_fen: 10_000n, moves: 3n })
  })

  test('the balance is shown as it is where the account does not pay, by a trial, a settlement and a refund', async () => {
    const person = await stage.person('510600')
    await openAccounts(stage.deps, [{ personId: person, insuredCity: '510600', balance: parseFen('300.00') }])
    const chengdu = stage.hospital('510100', 3)
    const tried = await stage.app.inject({
      method: 'POST',
      url: '/settlement/trials',
      headers: await stage.headers('hospital', { institution: chengdu }),
      payload: bill(person, '30.00'),
    })
    expect(tried.json().setlinfo).toMatchObject({ acct_pay: '0.00', balc: '300.00' })
    const paid = await stage.claim(chengdu, bill(person, '30.00'))
    expect(paid.body.setlinfo).toMatchObject({ acct_pay: '0.00', balc: '300.00' })
    const back = await stage.reverse(chengdu, paid.body.claim_id)
    expect(back.body.setlinfo).toMatchObject({ acct_pay: '0.00', balc: '300.00' })
  })

  test('the trace replays to the same amounts and names the unverified figures', async () => {
    const person = await stage.person('511400')
    const chengdu = stage.hospital('510100', 3)
    const settled = await stage.claim(chengdu, bill(person, '420.00'))
    const as = await stage.headers('hospital', { institution: chengdu })
    const { body } = await stage.get(`/settlement/claims/${settled.body.claim_id}/trace`, as)
    expect(body.trace.shares).toMatchObject({ hifpPay: '110.00', psnPartAmt: '310.00' })
    expect(body.trace.parameters.every((row: { verified: boolean }) => !row.verified)).toBe(true)
  })

  test('the books of the month hold after all of this', async () => {
    expect(await proveWindow(database.db, '2026-11')).toMatchObject({ balanced: true, disagreements: [] })
  })
})
