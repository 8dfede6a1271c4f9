import assert from 'node:assert/strict'
import { type Fen, minFen, subFen, ZERO_FEN } from '../kernel/money.ts'
import type { BenefitClaim, BillSum } from './types.ts'

/** The parts of a bill; the insured city says which of them its personal accounts may pay. */
export const BILL_PARTS = ['fulamt_ownpay', 'overlmt', 'preselfpay', 'inscp'] as const
export type BillPart = (typeof BILL_PARTS)[number]

export interface AccountInput {
  readonly bill: BillSum
  readonly psnPartAmt: Fen
  readonly claim: Pick<BenefitClaim, 'acctUsedFlag' | 'balance' | 'familyBalance'>
  /** Parts that the account may pay. */
  readonly scope: readonly BillPart[]
}

export interface AccountShare {
  readonly acctPay: Fen
  /** The part that a family's account paid. */
  readonly acctMulaidPay: Fen
  readonly psnCashPay: Fen
  /** What the account held before. */
  readonly before: Fen
  /** Balance after, of the account that the flag names; the person's own where none is used. */
  readonly balc: Fen
}

/** The account (1 the person's own, 2 that of the family) pays what it holds of the allowed part; the rest is cash. */
export const payFromAccount = ({ bill, psnPartAmt, claim, scope }: AccountInput): AccountShare => {
  const before = claim.acctUsedFlag === '2' ? claim.familyBalance : claim.balance
  assert(before >= 0n, 'a personal account is never overdrawn')
  if (claim.acctUsedFlag === '0') {
    return { acctPay: ZERO_FEN, acctMulaidPay: ZERO_FEN, psnCashPay: psnPartAmt, before, balc: before }
  }
  const acctPay = minFen(before, allowedAmount(bill, psnPartAmt, scope))
  return {
    acctPay,
    acctMulaidPay: claim.acctUsedFlag === '2' ? acctPay : ZERO_FEN,
    psnCashPay: subFen(psnPartAmt, acctPay),
    before,
    balc: subFen(before, acctPay),
  }
}

const allowedAmount = (bill: BillSum, psnPartAmt: Fen, scope: readonly BillPart[]): Fen => {
  const parts: Record<BillPart, bigint> = {
    fulamt_ownpay: bill.fulamtOwnpayAmt,
    overlmt: bill.overlmtSelfpay,
    preselfpay: bill.preselfpayAmt,
    // Of the in-scope part only what the funds left to the person.
    inscp: psnPartAmt - bill.fulamtOwnpayAmt - bill.overlmtSelfpay - bill.preselfpayAmt,
  }
  let allowed = 0n
  for (const part of scope) allowed += parts[part]
  return allowed as Fen
}
