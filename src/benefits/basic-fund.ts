import {
  combineRatios,
  exactProduct,
  type Fen,
  maxFen,
  minFen,
  mulRatio,
  type Ratio,
  ratioOf,
  subFen,
  sumFen,
  ZERO_FEN,
} from '../kernel/money.ts'
import type { PaidSegment } from './types.ts'

/** A step of the policy: the ratio for the part of the base up to a bound; null is the last, open step. */
export interface RatioStep {
  readonly upTo: Fen | null
  readonly ratio: Ratio
}

/** At least one step, in rising order, the last one open. */
export type RatioSteps = readonly [RatioStep, ...RatioStep[]]

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
  const actPayDedc = minFen(input.inscpScpAmt, deductibleOpen)
  const base = subFen(input.inscpScpAmt, actPayDedc)
  const [first, ...more] = cutBase(base, input.steps)
  const segments = [payOf(first, input.factor), ...more.map((slice) => payOf(slice, input.factor))] as const
  const capLeft = stillOpen(input.cap, input.paid)
  const segmentsPay = sumFen(segments.map((segment) => segment.pay))
  const hifpPay = minFen(segmentsPay, capLeft)
  // One segment reports its own ratio, also where the cap cut the payment; several report what was paid of the base.
  const poolPropSelfpay = more.length === 0 ? segments[0].applied : ratioOf(hifpPay, base)
  return { deductibleOpen, actPayDedc, base, segments, segmentsPay, capLeft, hifpPay, poolPropSelfpay }
}

/** A person who retires in mid-year has a lower limit than may be used already: what is open is then zero, never negative. */
const stillOpen = (limit: Fen, used: Fen): Fen => maxFen(ZERO_FEN, subFen(limit, used))

/** The first step always yields a segment, even of zero, so that the applied ratio shows in the trace of a bill under the deductible. */
const cutBase = (base: Fen, [first, ...more]: RatioSteps): [Slice, ...Slice[]] => {
  let from = endOf(first, base)
  const slices: [Slice, ...Slice[]] = [{ amount: from, ratio: first.ratio }]
  for (const step of more) {
    const to = endOf(step, base)
    if (to > from) slices.push({ amount: subFen(to, from), ratio: step.ratio })
    from = to
  }
  return slices
}

interface Slice {
  readonly amount: Fen
  readonly ratio: Ratio
}

const endOf = (step: RatioStep, base: Fen): Fen => (step.upTo === null ? base : minFen(base, step.upTo))

const payOf = ({ amount, ratio }: Slice, factor: Ratio): PaidSegment => {
  const applied = combineRatios(ratio, factor)
  return { amount, ratio, applied, product: exactProduct(amount, applied), pay: mulRatio(amount, applied) }
}
