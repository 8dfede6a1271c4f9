import { type Fen, fen, ONE, subFen, ZERO_FEN } from '../kernel/money.ts'
import type { BasicFundShare } from './basic-fund.ts'

/**
 * The part of the base above the yearly cap of the basic fund, on which 大额 looks: the base less what the fund's last payments were
 * made of. A segment that the cap cut is paid up to `left / ratio` of it, rounded once. (The other reading, which sources also have,
 * takes what the cap cut off the payment; it is not the one used.)
 */
export const amountAboveCap = ({ base, segments, segmentsPay, capLeft }: BasicFundShare): Fen => {
  if (segmentsPay <= capLeft) return ZERO_FEN
  let left: bigint = capLeft
  let covered = 0n
  let ratio: bigint = ONE
  for (const { amount, applied, pay } of segments) {
    ratio = applied
    if (pay > left) break
    left -= pay
    covered += amount
  }
  return subFen(base, fen(covered + divideHalfUp(left * 10_000n, ratio)))
}

const divideHalfUp = (dividend: bigint, divisor: bigint): bigint => (dividend * 2n + divisor) / (divisor * 2n)
