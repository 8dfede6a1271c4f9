import { type Fen, mulRatio, subFen } from '../kernel/money.ts'
import { less } from './basic-fund.ts'
import type { LaterStay, Policy } from './policy-types.ts'

/**
 * The deductible (起付标准) of a stay. Later stays of a year have a lower one: a share of it, or so much less for each stay before,
 * down to a floor. A floor above the figure itself does not raise it: a community hospital may have less than the floor.
 */
export const deductibleOfStay = ({ deductible, laterStay }: Pick<Policy, 'deductible' | 'laterStay'>, stays: bigint) =>
  stays === 0n || laterStay === undefined ? deductible : less(deductible, lowered(deductible, laterStay, stays))

const lowered = (deductible: Fen, rule: LaterStay, stays: bigint): Fen => {
  if ('ratio' in rule) return mulRatio(deductible, rule.ratio)
  const reduced = subFen(deductible, (rule.minus * stays) as Fen)
  return reduced > rule.floor ? reduced : rule.floor
}
