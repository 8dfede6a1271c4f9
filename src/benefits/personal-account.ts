import assert from 'node:assert/strict'
import { type Fen, minFen, subFen, sumFen } from '../kernel/money.ts'
import type { BillSum } from './types.ts'

/** The parts of a bill; the insured city says which of them its personal accounts may pay. */
export const BILL_PARTS = ['fulamt_ownpay', 'overlmt', 'preselfpay', 'inscp'] as const
export type BillPart = (typeof BILL_PARTS)[number]

export interface AccountInput {
  readonly bill: BillSum
  readonly psnPartAmt: Fen
  readonly balance: Fen
  /** Parts that the account may pay; empty where the account is not used. */
  readonly scope: readonly BillPart[]
}

export interface AccountShare {
  readonly acctPay: Fen
  readonly psnCashPay: Fen
  readonly balc: Fen
}

/** The account pays what it holds of the allowed part of the person's share; the rest is cash. */
export const payFromAccount = ({ bill, psnPartAmt, balance, scope }: AccountInput): AccountShare => {
  assert(balance >= 0n, 'a personal account is never overdrawn')
  const acctPay = minFen(balance, allowedAmount(bill, psnPartAmt, scope))
  return { acctPay, psnCashPay: subFen(psnPartAmt, acctPay), balc: subFen(balance, acctPay) }
}

const allowedAmount = (bill: BillSum, psnPartAmt: Fen, scope: readonly BillPart[]): Fen => {
  const outside = sumFen([bill.fulamtOwnpayAmt, bill.overlmtSelfpay, bill.preselfpayAmt])
  const parts: Record<BillPart, Fen> = {
    fulamt_ownpay: bill.fulamtOwnpayAmt,
    overlmt: bill.overlmtSelfpay,
    preselfpay: bill.preselfpayAmt,
    // Of the in-scope part only what the funds left to the person.
    inscp: subFen(psnPartAmt, outside),
  }
  return sumFen(scope.map((part) => parts[part]))
}
