import { addFen, formatFen, parseFen } from '../../kernel/money.ts'
import type { StatementAnswer } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { Step, Story } from '../facts.ts'
import { type BookRow, totalsOf } from '../provider-book.ts'

export const reconcileDay: Step = {
  name: 'reconcile',
  title: 'Reconcile the day of the Chengdu hospital with a planted difference',
  titleZh: '日对账（预置差异）',
  async run(story) {
    const { facts, book } = story
    const { g10 } = expectPresent('the settlements', facts.settled)
    const own = book.rows().find((row) => row.info.setl_id === g10.info.setl_id)
    const { institution, date } = expectPresent('G10 in the book', own)
    const rows = book.of(institution, date)

    const honest = await send(story, date, rows)
    expectSame('the true statement', [honest.result, honest.differences], ['equal', []])

    // Planted: one fund amount ten yuan too high, one settlement forgotten.
    const forgotten = expectPresent(
      'another settlement',
      rows.find((row) => row.info.setl_id !== g10.info.setl_id && row.fundPay > 0n),
    )
    const wrong = rows
      .filter((row) => row !== forgotten)
      .map((row) =>
        row.info.setl_id === g10.info.setl_id ? { ...row, fundPay: addFen(row.fundPay, parseFen('10.00')) } : row,
      )
    const planted = await send(story, date, wrong)
    expectSame('the wrong statement', planted.result, 'unequal')
    const found = planted.differences.map((one) => ({
      class: one.class,
      setl_id: one.setl_id,
      sent: one.sent?.fund_pay_sumamt,
      center: one.center?.fund_pay_sumamt,
    }))
    const expected = [
      { class: 'AMOUNT_DIFF', setl_id: g10.info.setl_id, sent: '135.00', center: '125.00' },
      { class: 'CENTER_ONLY', setl_id: forgotten.info.setl_id, sent: undefined, center: formatFen(forgotten.fundPay) },
    ]
    const byId = (a: { setl_id: string }, b: { setl_id: string }): number => (a.setl_id < b.setl_id ? -1 : 1)
    expectSame('the planted differences and no other', found.toSorted(byId), expected.toSorted(byId))

    const mended = await send(story, date, rows)
    expectSame('the mended statement', [mended.result, mended.differences], ['equal', []])
    facts.reconciliation = { planted, rows: rows.length }
    return {
      lines: [
        `true statement of ${rows.length} rows: equal 相符; with two faults planted: unequal 不符`,
        ...planted.differences.map(
          (one) =>
            `${one.class} ${one.setl_id}: sent ${one.sent?.fund_pay_sumamt ?? '(none)'}, centre ${one.center?.fund_pay_sumamt ?? '(none)'}, next: ${one.next_step}`,
        ),
        'mended and sent again: equal 相符',
      ],
      figures: { rows: rows.length, differences: planted.differences.map((one) => one.class) },
    }
  },
}

async function send({ api }: Story, date: string, rows: readonly BookRow[]): Promise<StatementAnswer> {
  const { body } = await api.call<StatementAnswer>({
    as: 'hospital-chengdu',
    method: 'POST',
    path: '/reconciliation/statements',
    key: crypto.randomUUID(),
    body: {
      date,
      groups: totalsOf(rows).map((one) => ({
        insutype: one.insutype,
        clr_type: one.clrType,
        medfee_sumamt: formatFen(one.medfee),
        fund_pay_sumamt: formatFen(one.fundPay),
        acct_pay: formatFen(one.acctPay),
        fixmedins_setl_cnt: one.count,
      })),
      details: rows.map((row) => ({
        setl_id: row.info.setl_id,
        medfee_sumamt: formatFen(row.medfee),
        fund_pay_sumamt: formatFen(row.fundPay),
        acct_pay: formatFen(row.acctPay),
        refd_setl_flag: row.refund ? '1' : '0',
      })),
    },
  })
  return body
}
