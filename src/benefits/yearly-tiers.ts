import { exactProduct, type Fen, mulRatio, subFen } from '../kernel/money.ts'
import { less, payOfSegments, stillOpen } from './basic-fund.ts'
import type { FundPolicy } from './policy-types.ts'
import type { PaidSegment } from './types.ts'

export interface YearlyShare {
  readonly segments: readonly PaidSegment[]
  readonly capLeft: Fen
  readonly pay: Fen
}

/**
 * What a fund with tiers of a yearly amount pays when that amount rises: f(after) - f(before), never f(this bill), so that many bills
 * come to the same as one. Each tier of f is rounded once. The bounds of the tiers are read as bounds of the yearly amount itself;
 * what lies under the deductible is in no tier.
 */
export const payByTiers = (policy: FundPolicy, before: Fen, after: Fen, paid: Fen): YearlyShare => {
  const segments = cutRise(policy, before, after)
  // Who was paid less so far than the tiers give (or whose payments are not known here) does not get the rest by a later bill.
  const due = tiersUpTo(policy, before)
  const capLeft = stillOpen(policy.cap, due > paid ? due : paid)
  return { segments, capLeft, pay: less(payOfSegments(segments), capLeft) }
}

/** f: what the tiers give for a yearly amount. */
const tiersUpTo = (policy: FundPolicy, amount: Fen): Fen => payOfSegments(cutRise(policy, 0n as Fen, amount))

/** The part of the rise within each tier, with the difference of the tier's two roundings as its pay. */
const cutRise = (policy: FundPolicy, before: Fen, after: Fen): readonly PaidSegment[] => {
  const segments: PaidSegment[] = []
  let low = policy.deductible
  for (const { upTo, ratio } of policy.steps) {
    const from = within(before, low, upTo)
    const to = within(after, low, upTo)
    if (to > from) {
      const amount = subFen(to, from)
      const pay = subFen(mulRatio(to, ratio), mulRatio(from, ratio))
      segments.push({ amount, ratio, applied: ratio, product: exactProduct(amount, ratio), pay })
    }
    if (upTo !== null && upTo > low) low = upTo
  }
  return segments
}

/** How much of an amount lies between two bounds. */
const within = (amount: Fen, low: Fen, high: Fen | null): Fen =>
  stillOpen(high === null ? amount : less(amount, high), low)
