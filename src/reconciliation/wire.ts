import { formatFen } from '../kernel/money.ts'
import { type Difference, type GroupResult, nextStep, type SentRow, type Sums } from './rules.ts'

export const showSums = (sums: Sums) => ({
  medfee_sumamt: formatFen(sums.medfee),
  fund_pay_sumamt: formatFen(sums.fundPay),
  acct_pay: formatFen(sums.acctPay),
  fixmedins_setl_cnt: sums.count,
})

export const showGroup = (group: GroupResult) => ({
  insutype: group.insutype,
  clr_type: group.clrType,
  equal: group.equal,
  sent: showSums(group.sent),
  center: showSums(group.center),
  difference: showSums(group.difference),
})

const showRow = (row: SentRow) => ({
  medfee_sumamt: formatFen(row.medfee),
  fund_pay_sumamt: formatFen(row.fundPay),
  acct_pay: formatFen(row.acctPay),
  refd_setl_flag: row.refund ? '1' : '0',
})

export const showDifference = (difference: Difference, monthOpen: boolean) => ({
  class: difference.class,
  setl_id: difference.setlId,
  ...(difference.sent ? { sent: showRow(difference.sent) } : {}),
  ...(difference.center ? { center: showRow(difference.center) } : {}),
  ...(difference.day === null ? {} : { center_date: difference.day }),
  next_step: nextStep(difference, monthOpen),
})
