import type { Accumulators, BenefitShares, FundDetail, SplitLine } from '../benefits/index.ts'
import type { Fen } from '../kernel/money.ts'

/** A line of a bill as the institution sent it and as it is stored: decimal strings. */
export interface ClaimLine {
  readonly feedetlSn: string
  readonly medListCodg: string
  readonly chrgitmLv: '01' | '02' | '03'
  readonly detItemFeeSumamt: string
  readonly cnt: string
  readonly pric: string
  readonly selfpayProp: string
  readonly pricUplmtAmt: string
  readonly lmtUsedFlag: '0' | '1'
  readonly hospApprFlag: '0' | '1' | '2'
}

/** What a trial and a claim have in common: everything that the amounts depend on, apart from the person's own state. */
export interface Bill {
  readonly personId: string
  readonly institution: string
  /** City of the institution: the place of treatment. */
  readonly treatmentCity: string
  readonly medType: string
  readonly setlTime: Date
  readonly acctUsedFlag: '0' | '1' | '2'
  readonly lines: readonly ClaimLine[]
}

/** A claim that waits for its answer. */
export interface PendingClaim extends Bill {
  readonly id: string
}

/** Names a claim so that it is found by its primary key. */
export interface ClaimRef {
  readonly personId: string
  readonly claimId: string
}

/** One reason of a refusal: `code` for programs, the rest for people. `meta` names what is missing. */
export interface Reason {
  readonly code: string
  readonly detail: string
  readonly detailZh: string
  readonly meta?: Readonly<Record<string, string>>
}

/** Whose accumulators: they run per person, insured city, calendar year and insurance. */
export interface YearKey {
  readonly personId: string
  readonly insuredCity: string
  readonly year: number
  readonly insutype: string
}

/** Accumulators as they stand, and how many movements made them. */
export interface YearBook extends YearKey {
  readonly accumulators: Accumulators
  readonly moves: bigint
}

/** A personal account as it stands. */
export interface AccountBook {
  readonly personId: string
  readonly insuredCity: string
  readonly balance: Fen
  readonly moves: bigint
}

/** A settlement or a reversal, as it is stored once and for all. */
export interface Result extends YearKey {
  readonly id: string
  readonly claimId: string
  readonly kind: 'settlement' | 'reversal'
  readonly originalId: string | null
  readonly institution: string
  readonly treatmentCity: string
  readonly psnType: string
  readonly medType: string
  readonly clrType: string
  readonly no: bigint
  readonly setlTime: Date
  readonly month: string
  readonly shares: BenefitShares
  readonly lines: readonly SplitLine[]
  readonly details: readonly FundDetail[]
  readonly movements: Accumulators
  readonly accumulatorsAfter: Accumulators
  /** False as long as one figure of policy behind it is an unverified sample. */
  readonly verified: boolean
}
