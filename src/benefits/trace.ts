import type { Accumulators } from './accumulators.ts'
import type { UsedRow } from './policy-types.ts'
import type { BenefitClaim, BenefitShares } from './types.ts'

/**
 * How a settlement came about: what went in (with the accumulators before), the policy rows it used, what came out. It is enough to
 * compute the settlement again without any table; lines, segments and funds come from that, so they are not kept a second time.
 */
export interface BenefitTrace {
  readonly claim: BenefitClaim
  readonly rows: readonly UsedRow[]
  readonly shares: BenefitShares
  readonly movements: Accumulators
}
