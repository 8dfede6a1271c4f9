import { type Fen, subFen } from '../kernel/money.ts'
import { less, payOfSegments, paySegments, stillOpen } from './basic-fund.ts'
import type { FundPolicy } from './policy-types.ts'
import type { PaidSegment } from './types.ts'

export interface SupplementShare {
  /** Part of the fund's own yearly deductible that this bill used. */
  readonly deductibleUsed: Fen
  readonly segments: readonly PaidSegment[]
  readonly capLeft: Fen
  readonly pay: Fen
}

/**
 * What 公务员, 企业补充 or 医疗救助 pays of the in-scope burden that the funds before it left: its own deductible first (of the year, so that
 * splitting a bill gains nothing), then its ratio, then its yearly cap.
 */
export const paySupplement = (policy: FundPolicy, left: Fen, used: Fen, paid: Fen): SupplementShare => {
  const deductibleUsed = less(left, stillOpen(policy.deductible, used))
  const segments = paySegments(subFen(left, deductibleUsed), policy.steps)
  const capLeft = stillOpen(policy.cap, paid)
  return { deductibleUsed, segments, capLeft, pay: less(payOfSegments(segments), capLeft) }
}
