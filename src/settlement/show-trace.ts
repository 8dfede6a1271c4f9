import { decodeTrace, replay, writeAccumulators, writeShares } from '../benefits/index.ts'
import { formatFen, formatRatio } from '../kernel/money.ts'

/**
 * A stored trace for a reader: what went in, the rows of policy, and each step as the trace computes it again. `stored` is
 * the text itself, from which anybody with the rules gets the same fen.
 */
export const showTrace = (stored: string) => {
  const trace = decodeTrace(stored)
  const settled = replay(trace)
  const { lines: _lines, accumulators, balance, familyBalance, ...claim } = trace.claim
  return {
    claim: { ...claim, balance: formatFen(balance), familyBalance: formatFen(familyBalance) },
    accumulatorsBefore: writeAccumulators(accumulators),
    accumulatorsAfter: writeAccumulators(settled.accumulatorsAfter),
    parameters: trace.rows,
    segments: settled.segments.map((one) => ({
      amount: formatFen(one.amount),
      ratio: formatRatio(one.ratio),
      applied: formatRatio(one.applied),
      product: one.product,
      pay: formatFen(one.pay),
    })),
    shares: writeShares(trace.shares),
    replayed: writeShares(settled.shares),
    stored,
  }
}
