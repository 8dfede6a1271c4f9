import {
  type Fen,
  lineAmount,
  mulRatio,
  ONE,
  parsePrice,
  parseQuantity,
  ratio,
  subFen,
  ZERO_FEN,
} from '../kernel/money.ts'
import type { BillLine, SplitLine } from './types.ts'

/**
 * Splits a line as interface 2204 reports it: wholly self-paid, over the price limit, paid first (乙), in scope. Each part is rounded
 * once and the in-scope part is the rest, so the parts always sum to the line.
 */
export const splitLine = (line: BillLine): SplitLine => {
  const { feedetlSn, detItemFeeSumamt, cnt, terms } = line
  if (detItemFeeSumamt < 0n || cnt < 0n) {
    throw new RangeError('a bill line is never negative: a refund reverses the whole settlement')
  }
  if (terms.selfpayProp > ONE) throw new RangeError('the part paid first is at most the whole line')

  if (isSelfPaid(line)) {
    return {
      feedetlSn,
      detItemFeeSumamt,
      fulamtOwnpayAmt: detItemFeeSumamt,
      overlmtAmt: ZERO_FEN,
      preselfpayAmt: ZERO_FEN,
      inscpScpAmt: ZERO_FEN,
    }
  }
  const overlmtAmt = overLimit(line)
  const withinLimit = subFen(detItemFeeSumamt, overlmtAmt)
  // 甲 has no part paid first, whatever ratio the catalogue row carries.
  const preselfpayAmt = terms.chrgitmLv === '02' ? mulRatio(withinLimit, terms.selfpayProp) : ZERO_FEN
  return {
    feedetlSn,
    detItemFeeSumamt,
    fulamtOwnpayAmt: ZERO_FEN,
    overlmtAmt,
    preselfpayAmt,
    inscpScpAmt: subFen(withinLimit, preselfpayAmt),
  }
}

/** The table of lmt_used_flag and hosp_appr_flag: a restricted item needs approval, and a refused item is never paid. */
const isSelfPaid = (line: BillLine): boolean =>
  line.terms.chrgitmLv === '03' || line.hospApprFlag === '2' || (line.lmtUsedFlag === '1' && line.hospApprFlag === '0')

const overLimit = ({ detItemFeeSumamt, cnt, terms }: BillLine): Fen => {
  // A limit of zero is read as "no limit": many catalogue rows carry 0 where none was set.
  if (terms.pricUplmtAmt === 0n) return ZERO_FEN
  const limit = lineAmount(cnt, terms.pricUplmtAmt)
  return detItemFeeSumamt > limit ? subFen(detItemFeeSumamt, limit) : ZERO_FEN
}

/** An ordinary 甲 line without limit: a bill that is known only by its in-scope amounts is made of these. */
export const inScopeLine = (line: { feedetlSn: string; amount: Fen; admdvs: string }): BillLine => ({
  feedetlSn: line.feedetlSn,
  detItemFeeSumamt: line.amount,
  cnt: parseQuantity('1'),
  lmtUsedFlag: '0',
  hospApprFlag: '0',
  terms: { admdvs: line.admdvs, chrgitmLv: '01', pricUplmtAmt: parsePrice('0'), selfpayProp: ratio(0) },
})
