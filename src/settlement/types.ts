import type { Accumulators, BenefitShares, BillLine, FundDetail, SplitLine } from '../benefits/index.ts'
import type { Fen, Price } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'

/** A line of a bill with its terms: decimal strings, as on the wire. */
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

/** A line whose terms the catalogue of the place of treatment has given. */
export type ResolvedLine = ClaimLine

/** A line as it is sent: what it says of the terms is compared with the catalogue, and may be left out. */
export type SentLine = Omit<ClaimLine, 'chrgitmLv' | 'selfpayProp' | 'pricUplmtAmt' | 'lmtUsedFlag'> &
  Partial<Pick<ClaimLine, 'chrgitmLv' | 'selfpayProp' | 'pricUplmtAmt' | 'lmtUsedFlag'>>

/** How the patient was known at the counter. */
export interface Identified {
  /** mdtrt_cert_type of the interface, or 'code' for a card or code of the hub. */
  readonly type: string
  /** Who vouches: the verifier of cards, or the institution that saw the document. */
  readonly by: 'verifier' | 'institution'
  /** The card or carrier that was verified. */
  readonly ref?: string | undefined
}

/** What a claim may say besides its bill. */
export interface ClaimContext {
  /** The visit that it settles. */
  readonly visitId?: string | undefined
  /** A stay: admission and discharge. */
  readonly stay?: { readonly begin: Date; readonly end: Date } | undefined
  /** medins_setl_id: the institution's own message. */
  readonly msgid?: string | undefined
  readonly diseCodg?: string | undefined
  readonly identified?: Identified | undefined
  /** Why what was shown at the counter does not let the person settle: the claim is refused for it. */
  readonly refusedBy?: readonly Reason[] | undefined
}

/** A line in whole units, with the terms by which it is split. */
export interface PricedLine extends BillLine {
  readonly medListCodg: string
  readonly pric: Price
}

/** What a trial and a claim have in common: everything that the amounts depend on, apart from the person's own state. */
export interface Bill extends ClaimContext {
  readonly personId: string
  readonly institution: string
  /** City of the institution: the place of treatment. */
  readonly treatmentCity: string
  readonly medType: string
  readonly setlTime: Date
  readonly acctUsedFlag: '0' | '1' | '2'
  readonly lines: readonly PricedLine[]
}

/**
 * The day whose policy, insurance and register count, and whose year is moved: of the settlement, for a stay of the
 * discharge. A stay over New Year is one bill of the day on which it ends.
 */
export const careDate = (bill: Pick<Bill, 'setlTime' | 'stay'>): string =>
  localDate(bill.stay === undefined ? bill.setlTime : bill.stay.end)

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

/** Accumulators of one id of a person as they stand, and how many movements made them. */
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
  /** False as long as one figure of policy behind it is an unverified sample. */
  readonly verified: boolean
  /** The care lay in another of the four cities and no filing (备案) was asked for. */
  readonly waived: boolean
  /** Whose personal account paid, where it is not the patient's own. */
  readonly accountHolder: string | null
}
