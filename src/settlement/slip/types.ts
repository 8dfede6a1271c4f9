import type { Fen } from '../../kernel/money.ts'

/** Who bears a part of the bill. */
export type Bearer = 'fund' | 'person' | 'hospital'

export type PartCode =
  | 'fulamt_ownpay'
  | 'overlmt'
  | 'preselfpay'
  | 'deductible'
  | 'above_cap'
  | 'share'
  | 'hospital'
  | 'hifp'
  | 'hifob'
  | 'hifmi'
  | 'cvlserv'
  | 'hifes'
  | 'maf'

/** What of one fee line lies outside the scope, and why. */
export interface SlipItem {
  /** Place on the bill, from 1. */
  readonly line: number
  readonly name: string
  readonly amount: Fen
  readonly why: string
}

/** A part of the bill: the parts sum to medfee_sumamt, so every fen stands in exactly one of them. */
export interface SlipPart {
  readonly code: PartCode
  readonly bearer: Bearer
  readonly label: string
  readonly amount: Fen
  /** Sentences in Chinese. */
  readonly why: readonly string[]
  /** For what lies outside the scope: sums to the part. */
  readonly items: readonly SlipItem[]
}

/** How the person pays his part; sums to psn_part_amt. */
export interface SlipPayment {
  readonly code: 'acct' | 'acct_mulaid' | 'cash'
  readonly label: string
  readonly amount: Fen
  readonly why: string
}

/** The calculation that a slip explains, apart from who, where and when. */
export interface SlipSums {
  readonly medfee: Fen
  readonly inScope: Fen
  readonly fundPay: Fen
  readonly psnPart: Fen
  readonly parts: readonly SlipPart[]
  readonly payments: readonly SlipPayment[]
}

export interface Slip extends SlipSums {
  readonly kind: 'settlement' | 'reversal'
  readonly setlId: string
  readonly claimId: string
  readonly title: string
  readonly name: string
  readonly institution: string
  readonly institutionName: string
  readonly treatmentCity: string
  readonly insuredCity: string
  readonly insutype: string
  readonly medType: string
  readonly setlTime: Date
  /** What a person must know before the figures: a refund, unverified policy, a difference to be settled. */
  readonly notices: readonly string[]
}
