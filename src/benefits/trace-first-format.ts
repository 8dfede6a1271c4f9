import { type Fen, parseFen, parsePrice, parseQuantity, parseRatio, ZERO_FEN } from '../kernel/money.ts'
import { type Accumulators, addAccumulators, negAccumulators } from './accumulators.ts'
import { readAccumulators, readShares, type Text } from './amounts-text.ts'
import type { UsedRow } from './policy-types.ts'
import type { BenefitTrace } from './trace.ts'
import type { BenefitClaim, BenefitShares, BillLine, LineTerms } from './types.ts'

/** What this program read of a line of a trace of format 1: the same line with its amounts as decimal strings. */
type FirstLine = Omit<BillLine, 'detItemFeeSumamt' | 'cnt' | 'terms'> & {
  readonly detItemFeeSumamt: string
  readonly cnt: string
  readonly terms: Omit<LineTerms, 'pricUplmtAmt' | 'selfpayProp'> & {
    readonly pricUplmtAmt: string
    readonly selfpayProp: string
  }
}

/** The parts of a trace as it was stored before format 2 that a replay needs; it also held the steps in words. */
export interface FirstFormat {
  readonly format: 1
  readonly claim: Omit<BenefitClaim, Added | 'balance' | 'accumulators' | 'lines'> & {
    readonly balance: string
    readonly accumulators: Partial<Text<Accumulators>>
    readonly lines: readonly FirstLine[]
  }
  readonly parameters: readonly UsedRow[]
  readonly steps: { readonly accumulatorsAfter: Partial<Text<Accumulators>> }
  readonly shares: Text<BenefitShares>
}

/** What claims did not have yet. Format 1 is of outpatient visits and purchases of 职工 alone, whose amounts do not depend on it. */
type Added = 'institutionKind' | 'diseCodg' | 'familyBalance' | 'hifesFlag'

export const readFirstFormat = ({ claim, parameters, steps, shares }: FirstFormat): BenefitTrace => {
  const before = readAccumulators(claim.accumulators)
  return {
    claim: {
      ...claim,
      institutionKind: 'hospital',
      diseCodg: null,
      familyBalance: ZERO_FEN,
      balance: parseFen(claim.balance),
      accumulators: before,
      lines: claim.lines.map(readLine),
    },
    rows: parameters.map(({ id, version, item, value, verified }) => ({ id, version, item, value, verified })),
    shares: readShares(shares),
    movements: addAccumulators(readAccumulators(steps.accumulatorsAfter), negAccumulators(before)),
  }
}

const readLine = (line: FirstLine): BillLine => ({
  ...line,
  detItemFeeSumamt: parseFen(line.detItemFeeSumamt) satisfies Fen,
  cnt: parseQuantity(line.cnt),
  terms: {
    ...line.terms,
    pricUplmtAmt: parsePrice(line.terms.pricUplmtAmt),
    selfpayProp: parseRatio(line.terms.selfpayProp),
  },
})
