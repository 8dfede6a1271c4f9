import type { Fen } from '../kernel/money.ts'

/** What one fund pays in a settlement; negative in a reversal. */
export interface FundAmount {
  /** fund_pay_type of the national interface. */
  readonly fund: string
  readonly amount: Fen
}

/** A settlement or its reversal, as the books see it. A reversal carries the negated amounts. */
export interface Posting {
  /** The slice that posts; with `bizId` and the leg it is the key that keeps a posting from being made twice. */
  readonly source: string
  readonly bizId: string
  readonly personId: string
  readonly kind: 'settlement' | 'reversal'
  /** `bizId` of the posting that a reversal takes back. */
  readonly reverses: string | null
  readonly eventAt: Date
  /** Accounting window, from {@link openWindows}. */
  readonly month: string
  readonly insuredCity: string
  readonly treatmentCity: string
  readonly institution: string
  readonly clrType: string
  readonly funds: readonly FundAmount[]
  /** Paid from the personal account: cleared between the cities like the funds. */
  readonly account: Fen
}

/** One line of a journal. Debits are positive, credits negative. */
export interface Entry {
  readonly leg: number
  readonly account: Account
  readonly amount: Fen
}

export type AccountKind = 'fund_expense' | 'psn_account' | 'due_to' | 'due_from' | 'provider_payable'

export interface Account {
  /** Readable and stable: kind, book, and what tells accounts of one kind apart. */
  readonly code: string
  /** City whose book it belongs to. */
  readonly book: string
  readonly kind: AccountKind
}

/** Running total of a window for one payer (insured city), payee (place of treatment), fund and kind of clearing. */
export interface WindowTotal {
  readonly payer: string
  readonly payee: string
  readonly fund: string
  readonly clrType: string
  readonly amount: Fen
  readonly settlements: bigint
  readonly reversals: bigint
}
