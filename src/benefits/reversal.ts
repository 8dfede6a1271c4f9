import { addFen, type Fen, negFen } from '../kernel/money.ts'
import { type Accumulators, negAccumulators } from './accumulators.ts'
import { assertReversal, REVERSED_FIELDS } from './identities.ts'
import type { BenefitShares, FundDetail, SplitLine } from './types.ts'

/** What a settlement stored and its reversal negates. */
export interface ReversibleBenefits {
  readonly shares: BenefitShares
  readonly lines: readonly SplitLine[]
  readonly details: readonly FundDetail[]
  readonly movements: Accumulators
}

/**
 * The amounts of a refund: the negated originals, never a new calculation. `balance` is the personal account now; what it paid goes
 * back, so balc is the balance after the refund.
 */
export const reverseBenefits = (original: ReversibleBenefits, balance: Fen): ReversibleBenefits => {
  const negated = Object.fromEntries(REVERSED_FIELDS.map((field) => [field, negFen(original.shares[field])]))
  const shares: BenefitShares = {
    ...original.shares,
    ...negated,
    balc: addFen(balance, original.shares.acctPay),
  }
  assertReversal(original.shares, shares)
  return {
    shares,
    lines: original.lines.map((line) => ({
      feedetlSn: line.feedetlSn,
      detItemFeeSumamt: negFen(line.detItemFeeSumamt),
      fulamtOwnpayAmt: negFen(line.fulamtOwnpayAmt),
      overlmtAmt: negFen(line.overlmtAmt),
      preselfpayAmt: negFen(line.preselfpayAmt),
      inscpScpAmt: negFen(line.inscpScpAmt),
    })),
    details: original.details.map((row) => ({
      ...row,
      inscpScpAmt: negFen(row.inscpScpAmt),
      fundPayamt: negFen(row.fundPayamt),
    })),
    movements: negAccumulators(original.movements),
  }
}
