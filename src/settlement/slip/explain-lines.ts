import type { BillLine, SplitLine } from '../../benefits/index.ts'
import { type Fen, formatPrice, formatQuantity, lineAmount, sumFen } from '../../kernel/money.ts'
import { percent, yuan } from './texts.ts'
import type { SlipItem, SlipPart } from './types.ts'

/** A fee line with its parts and what the catalogue calls it. */
export interface NamedLine {
  readonly line: BillLine
  readonly split: SplitLine
  readonly name: string
}

/** What of the bill lies outside the scope: wholly self-paid, over the price limit, paid first; each with its lines. */
export const outOfScopeParts = (lines: readonly NamedLine[]): readonly SlipPart[] =>
  [
    part('fulamt_ownpay', '全自费', lines, (split) => split.fulamtOwnpayAmt, whySelfPaid, [
      '不在医保支付范围内，全部由个人负担。',
    ]),
    part('overlmt', '超限价自费', lines, (split) => split.overlmtAmt, whyOverLimit, [
      '单价超过就医地规定的支付限价，超出部分由个人负担。',
    ]),
    part('preselfpay', '先行自付', lines, (split) => split.preselfpayAmt, whyFirst, [
      '乙类项目先由个人按比例自付一部分，其余部分再按政策报销。',
    ]),
  ].filter((one) => one.amount !== 0n)

const part = (
  code: 'fulamt_ownpay' | 'overlmt' | 'preselfpay',
  label: string,
  lines: readonly NamedLine[],
  amountOf: (split: SplitLine) => Fen,
  whyOf: (line: BillLine) => string,
  why: readonly string[],
): SlipPart => {
  const items = lines
    .map(({ line, split, name }, at): SlipItem => ({ line: at + 1, name, amount: amountOf(split), why: whyOf(line) }))
    .filter((item) => item.amount !== 0n)
  return { code, bearer: 'person', label, amount: sumFen(items.map((item) => item.amount)), why, items }
}

/** In the order in which the benefit engine asks. */
const whySelfPaid = (line: BillLine): string => {
  if (line.terms.chrgitmLv === '03') return '丙类项目，不在医保目录支付范围内'
  if (line.hospApprFlag === '2') return '医疗机构审核为不符合医保支付条件'
  return '限制使用的项目，未经医疗机构审核为符合限定支付条件'
}

const whyOverLimit = ({ cnt, terms }: BillLine): string =>
  `限价 ${trim(formatPrice(terms.pricUplmtAmt))} 元 × ${trim(formatQuantity(cnt))} = ${yuan(lineAmount(cnt, terms.pricUplmtAmt))}，超出限价的部分`

const whyFirst = ({ terms }: BillLine): string => `乙类，先行自付比例 ${percent(terms.selfpayProp)}`

/** `100.000000` is `100`, `1.5000` is `1.5`. */
const trim = (decimal: string): string => decimal.replace(/\.?0+$/, '')
