import { fen } from '../kernel/money.ts'
import type { BillSum, SplitLine } from './types.ts'

/** Sums the parts of the lines. Nothing is rounded here: totals are sums of rounded lines, never roundings of sums. */
export const sumBill = (lines: readonly SplitLine[]): BillSum => {
  let medfee = 0n
  let fulamt = 0n
  let overlmt = 0n
  let preselfpay = 0n
  let inscp = 0n
  for (const line of lines) {
    medfee += line.detItemFeeSumamt
    fulamt += line.fulamtOwnpayAmt
    overlmt += line.overlmtAmt
    preselfpay += line.preselfpayAmt
    inscp += line.inscpScpAmt
  }
  return {
    medfeeSumamt: fen(medfee),
    fulamtOwnpayAmt: fen(fulamt),
    overlmtSelfpay: fen(overlmt),
    preselfpayAmt: fen(preselfpay),
    inscpScpAmt: fen(inscp),
  }
}
