import {
  formatFen,
  formatPrice,
  formatQuantity,
  formatRatio,
  parseFen,
  parsePrice,
  parseQuantity,
  parseRatio,
} from '../kernel/money.ts'
import { type Accumulators, NO_ACCUMULATORS } from './accumulators.ts'
import type { BasicFundShare } from './basic-fund.ts'
import type { ParameterItem, ParameterRow } from './parameters.ts'
import type { OutpatientPolicy, PolicyRows } from './policy.ts'
import type { BenefitClaim, BenefitShares, BillLine } from './types.ts'

type Text<T> = { readonly [K in keyof T]: string }
type TracedLine = Omit<BillLine, 'detItemFeeSumamt' | 'cnt' | 'terms'> & {
  readonly detItemFeeSumamt: string
  readonly cnt: string
  readonly terms: Omit<BillLine['terms'], 'pricUplmtAmt' | 'selfpayProp'> & {
    readonly pricUplmtAmt: string
    readonly selfpayProp: string
  }
}
export type TracedClaim = Omit<BenefitClaim, 'balance' | 'familyBalance' | 'accumulators' | 'lines'> & {
  readonly balance: string
  readonly familyBalance: string
  readonly accumulators: Text<Accumulators>
  readonly lines: readonly TracedLine[]
}

/**
 * How a settlement came about, as plain JSON: what went in, the policy rows, each step, what came out. It is enough to compute the
 * settlement again without any table, and to explain it to the person.
 */
export interface BenefitTrace {
  readonly format: 1
  readonly kind: 'outpatient'
  readonly claim: TracedClaim
  readonly parameters: readonly ParameterRow[]
  readonly steps: {
    readonly deductibleOpenBefore: string
    readonly base: string
    readonly factor: string
    readonly segments: readonly {
      readonly amount: string
      readonly ratio: string
      readonly applied: string
      readonly product: string
      readonly pay: string
    }[]
    readonly segmentsPay: string
    readonly capLeftBefore: string
    readonly accumulatorsAfter: Text<Accumulators>
  }
  readonly shares: Text<BenefitShares>
}

export interface TraceParts {
  readonly claim: BenefitClaim
  readonly rows: PolicyRows
  readonly policy: OutpatientPolicy
  readonly fund: BasicFundShare
  readonly after: Accumulators
  readonly shares: BenefitShares
}

export const writeTrace = ({ claim, rows, policy, fund, after, shares }: TraceParts): BenefitTrace => ({
  format: 1,
  kind: 'outpatient',
  claim: writeClaim(claim),
  parameters: [...rows.values()],
  steps: {
    deductibleOpenBefore: formatFen(fund.deductibleOpen),
    base: formatFen(fund.base),
    factor: formatRatio(policy.factor),
    segments: fund.segments.map((segment) => ({
      amount: formatFen(segment.amount),
      ratio: formatRatio(segment.ratio),
      applied: formatRatio(segment.applied),
      product: segment.product,
      pay: formatFen(segment.pay),
    })),
    segmentsPay: formatFen(fund.segmentsPay),
    capLeftBefore: formatFen(fund.capLeft),
    accumulatorsAfter: writeAccumulators(after),
  },
  shares: writeShares(shares),
})

/** The amounts as decimal strings: for a trace, a JSON column or a reply. */
export const writeShares = ({ poolPropSelfpay, ...amounts }: BenefitShares): Text<BenefitShares> => ({
  ...mapValues(amounts, formatFen),
  poolPropSelfpay: formatRatio(poolPropSelfpay),
})

/** The reverse of {@link writeShares}, for amounts that were stored. */
export const readShares = ({ poolPropSelfpay, ...amounts }: Text<BenefitShares>): BenefitShares => ({
  ...mapValues(amounts, parseFen),
  poolPropSelfpay: parseRatio(poolPropSelfpay),
})

export const writeAccumulators = (accumulators: Accumulators): Text<Accumulators> => mapValues(accumulators, formatFen)

/** A kind that was not counted yet when the text was written was zero. */
export const readAccumulators = (accumulators: Partial<Text<Accumulators>>): Accumulators => ({
  ...NO_ACCUMULATORS,
  ...mapValues(accumulators as Text<Accumulators>, parseFen),
})

export const readTracedClaim = ({ claim }: BenefitTrace): BenefitClaim => ({
  ...claim,
  balance: parseFen(claim.balance),
  familyBalance: parseFen(claim.familyBalance ?? '0'),
  accumulators: readAccumulators(claim.accumulators),
  lines: claim.lines.map((line) => ({
    ...line,
    detItemFeeSumamt: parseFen(line.detItemFeeSumamt),
    cnt: parseQuantity(line.cnt),
    terms: {
      ...line.terms,
      pricUplmtAmt: parsePrice(line.terms.pricUplmtAmt),
      selfpayProp: parseRatio(line.terms.selfpayProp),
    },
  })),
})

export const readTracedRows = ({ parameters }: BenefitTrace): PolicyRows =>
  new Map<ParameterItem, ParameterRow>(parameters.map((row) => [row.item, row]))

/** Field by field, so that whatever else a caller's claim object carries cannot slip into a stored trace. */
const writeClaim = (claim: BenefitClaim): TracedClaim => ({
  setlDate: claim.setlDate,
  insuplcAdmdvs: claim.insuplcAdmdvs,
  mdtrtareaAdmvs: claim.mdtrtareaAdmvs,
  insutype: claim.insutype,
  psnType: claim.psnType,
  medType: claim.medType,
  dedcHospLv: claim.dedcHospLv,
  cvlservFlag: claim.cvlservFlag,
  psnIdetType: claim.psnIdetType,
  acctUsedFlag: claim.acctUsedFlag,
  institutionKind: claim.institutionKind,
  diseCodg: claim.diseCodg,
  balance: formatFen(claim.balance),
  familyBalance: formatFen(claim.familyBalance),
  accumulatorYear: claim.accumulatorYear,
  accumulators: writeAccumulators(claim.accumulators),
  lines: claim.lines.map((line) => ({
    feedetlSn: line.feedetlSn,
    detItemFeeSumamt: formatFen(line.detItemFeeSumamt),
    cnt: formatQuantity(line.cnt),
    lmtUsedFlag: line.lmtUsedFlag,
    hospApprFlag: line.hospApprFlag,
    terms: {
      admdvs: line.terms.admdvs,
      chrgitmLv: line.terms.chrgitmLv,
      pricUplmtAmt: formatPrice(line.terms.pricUplmtAmt),
      selfpayProp: formatRatio(line.terms.selfpayProp),
    },
  })),
})

const mapValues = <K extends string, A, B>(record: Readonly<Record<K, A>>, change: (value: A) => B): Record<K, B> =>
  Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, change(value)])) as Record<K, B>
