import assert from 'node:assert/strict'
import {
  type Fen,
  lineAmount,
  maxFen,
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
  const amount = line.detItemFeeSumamt
  assert(amount >= 0n && line.cnt >= 0n, 'a bill line is never negative: a refund reverses the whole settlement')
  assert(line.terms.selfpayProp <= ONE, 'the part paid first is at most the whole line')

  const split = { feedetlSn: line.feedetlSn, detItemFeeSumamt: amount }
  if (isSelfPaid(line)) {
    return { ...split, fulamtOwnpayAmt: amount, overlmtAmt: ZERO_FEN, preselfpayAmt: ZERO_FEN, inscpScpAmt: ZERO_FEN }
  }
  const overlmtAmt = overLimit(line)
  const withinLimit = subFen(amount, overlmtAmt)
  // 甲 has no part paid first, whatever ratio the catalogue row carries.
  const preselfpayAmt = line.terms.chrgitmLv === '02' ? mulRatio(withinLimit, line.terms.selfpayProp) : ZERO_FEN
  return {
    ...split,
    fulamtOwnpayAmt: ZERO_FEN,
    overlmtAmt,
    preselfpayAmt,
    inscpScpAmt: subFen(withinLimit, preselfpayAmt),
  }
}

/** The table of lmt_used_flag and hosp_appr_flag: a restricted item needs approval, and a refused item is never paid. */
const isSelfPaid = (line: BillLine): boolean =>
  line.terms.chrgitmLv === '03' || line.hospApprFlag === '2' || (line.lmtUsedFlag === '1' && line.hospApprFlag === '0')

const overLimit = (line: BillLine): Fen => {
  // A limit of zero is read as "no limit": many catalogue rows carry 0 where none was set.
  if (line.terms.pricUplmtAmt === 0n) return ZERO_FEN
  return maxFen(ZERO_FEN, subFen(line.detItemFeeSumamt, lineAmount(line.cnt, line.terms.pricUplmtAmt)))
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
