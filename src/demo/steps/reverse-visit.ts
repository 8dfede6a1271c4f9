import { formatFen, negFen, parseFen } from '../../kernel/money.ts'
import type { ClaimAnswer, ReversalAnswer } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { Step } from '../facts.ts'

export const reverseVisit: Step = {
  name: 'reverse',
  title: 'Reverse the first visit; the second one is flagged',
  titleZh: '冲正首诊，后一笔提示重算',
  async run({ api, facts, book }) {
    const { g9, g10 } = expectPresent('the settlements', facts.settled)
    const { body, ms } = await api.call<ReversalAnswer>({
      as: 'hospital-deyang',
      method: 'POST',
      path: `/settlement/claims/${g9.claimId}/reversal`,
      key: crypto.randomUUID(),
    })
    expectSame('the reversal names its original', body.init_setl_id, g9.info.setl_id)
    for (const name of ['medfee_sumamt', 'act_pay_dedc', 'hifp_pay', 'psn_part_amt', 'psn_cash_pay'] as const) {
      expectSame(`reversal: ${name}`, body.setlinfo[name], formatFen(negFen(parseFen(g9.info[name]))))
    }
    book.write(body.setlinfo, true)
    // Once: a second reversal is refused under any key.
    await api.call({
      as: 'hospital-deyang',
      method: 'POST',
      path: `/settlement/claims/${g9.claimId}/reversal`,
      key: crypto.randomUUID(),
      statuses: [409],
    })
    const { body: flagged } = await api.call<ClaimAnswer>({
      as: 'hospital-chengdu',
      path: `/settlement/claims/${g10.claimId}`,
    })
    // With 200.00 of the deductible open again the fund would have paid 50.00 of the second visit, not 125.00.
    expectSame(
      'G10 is flagged',
      [flagged.needs_resettle?.overpaid_amt, flagged.needs_resettle?.because_of],
      ['75.00', body.setlinfo.setl_id],
    )
    expectSame('G10 itself is unchanged', flagged.setlinfo, g10.info)
    facts.reversal = { info: body.setlinfo, flagged, ms }
    return {
      lines: [
        `G9 reversed whole: ${body.setlinfo.medfee_sumamt}; a second reversal is refused (409)`,
        'G10 needs settling again 需重新结算: fund paid 125.00, due 应付 50.00, difference 差额 75.00; its amounts stay as they were',
      ],
      figures: { reversed: body.setlinfo.medfee_sumamt, overpaid: flagged.needs_resettle?.overpaid_amt },
    }
  },
}
