import { type Fen, sumFen } from '../kernel/money.ts'
import type { BillSum, SplitLine } from './types.ts'

/** Sums the parts of the lines. Nothing is rounded here: totals are sums of rounded lines, never roundings of sums. */
export const sumBill = (lines: readonly SplitLine[]): BillSum => {
  const total = (part: (line: SplitLine) => Fen): Fen => sumFen(lines.map(part))
  return {
    medfeeSumamt: total((line) => line.detItemFeeSumamt),
    fulamtOwnpayAmt: total((line) => line.fulamtOwnpayAmt),
    overlmtSelfpay: total((line) => line.overlmtAmt),
    preselfpayAmt: total((line) => line.preselfpayAmt),
    inscpScpAmt: total((line) => line.inscpScpAmt),
  }
}
