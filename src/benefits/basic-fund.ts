import {
  combineRatios,
  exactProduct,
  type Fen,
  fen,
  mulRatio,
  ONE,
  type Ratio,
  ratioOf,
  subFen,
  ZERO_FEN,
} from '../kernel/money.ts'
import type { RatioSteps } from './policy-types.ts'
import type { PaidSegment } from './types.ts'

export interface BasicFundInput {
  readonly inscpScpAmt: Fen
  readonly deductible: Fen
  readonly deductibleUsed: Fen
  readonly steps: RatioSteps
  readonly factor: Ratio
  readonly cap: Fen
  readonly paid: Fen
}

export interface BasicFundShare {
  /** Deductible not yet used before this bill. */
  readonly deductibleOpen: Fen
  readonly actPayDedc: Fen
  readonly base: Fen
  readonly segments: readonly PaidSegment[]
  /** Sum over the segments, before the cap. */
  readonly segmentsPay: Fen
  /** What the fund may still pay this year, before this bill. */
  readonly capLeft: Fen
  readonly hifpPay: Fen
  readonly poolPropSelfpay: Ratio
}

/** What the basic fund pays of an in-scope amount: open deductible first, then the ratio of each segment, then the yearly cap. */
export const shareBasicFund = (input: BasicFundInput): BasicFundShare => {
  const deductibleOpen = stillOpen(input.deductible, input.deductibleUsed)
  const actPayDedc = less(input.inscpScpAmt, deductibleOpen)
  const base = subFen(input.inscpScpAmt, actPayDedc)
  const segments = paySegments(base, input.steps, input.factor)
  const capLeft = stillOpen(input.cap, input.paid)
  const segmentsPay = payOfSegments(segments)
  const hifpPay = less(segmentsPay, capLeft)
  // One segment reports its own ratio, also where the cap cut the payment; several report what was paid of the base.
  const poolPropSelfpay = segments.length === 1 ? (segments[0] as PaidSegment).applied : ratioOf(hifpPay, base)
  return { deductibleOpen, actPayDedc, base, segments, segmentsPay, capLeft, hifpPay, poolPropSelfpay }
}

/** A person who retires in mid-year has a lower limit than may be used already: what is open is then zero, never negative. */
export const stillOpen = (limit: Fen, used: Fen): Fen => (limit > used ? subFen(limit, used) : ZERO_FEN)

export const less = (a: Fen, b: Fen): Fen => (b < a ? b : a)

/** The first step always yields a segment, even of zero, so that the applied ratio shows in the trace of a bill under the deductible. */
export const paySegments = (base: Fen, steps: RatioSteps, factor: Ratio = ONE): readonly PaidSegment[] => {
  const segments: PaidSegment[] = []
  let from = ZERO_FEN
  for (const step of steps) {
    const to = step.upTo === null ? base : less(base, step.upTo)
    if (to > from || segments.length === 0) segments.push(payOf(subFen(to, from), step.ratio, factor))
    from = to
  }
  return segments
}

export const payOfSegments = (segments: readonly PaidSegment[]): Fen => {
  let sum = 0n
  for (const segment of segments) sum += segment.pay
  return fen(sum)
}

const payOf = (amount: Fen, ratio: Ratio, factor: Ratio): PaidSegment => {
  const applied = factor === ONE ? ratio : combineRatios(ratio, factor)
  return { amount, ratio, applied, product: exactProduct(amount, applied), pay: mulRatio(amount, applied) }
}
