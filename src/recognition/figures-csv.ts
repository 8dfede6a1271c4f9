import { formatFen } from '../kernel/money.ts'
import type { Figures } from './figures.ts'

const HEADER = [
  'month 月份',
  'institution 机构',
  'department 科室',
  'item 项目',
  'outcome 结果',
  'reason 重复检查原因',
  'e_code 不符合条件',
  'in_rate 计入互认率',
  'used_outside 未互认但参考',
  'count 数量',
  'saved_amount 节约金额',
]

/** RFC 4180, with a byte order mark: without it spreadsheets read Chinese as something else. */
export function toCsv(figures: Figures): string {
  const rows = figures.rows.map((row) => [
    figures.month,
    figures.institution,
    row.department ?? '',
    row.item ?? '',
    row.outcome,
    row.reasonCode ?? '',
    row.eCode ?? '',
    row.inRate ? '1' : '0',
    row.usedOutside ? '1' : '0',
    String(row.count),
    formatFen(row.savedFen),
  ])
  return `\uFEFF${[HEADER, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** A spreadsheet takes a cell that begins so for a formula; a quote in front makes it text. */
const FORMULA = /^[=+\-@\t\r]/

function cell(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
