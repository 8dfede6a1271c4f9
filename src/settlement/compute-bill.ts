import type { ParameterBook, SettledBenefits } from '../benefits/index.ts'
import { ZERO_FEN } from '../kernel/money.ts'
import type { Checked } from './check-bills.ts'
import type { Accounts, Desk } from './desk.ts'
import { benefitReason, noFamilyAccount } from './reasons.ts'
import { calculate } from './rules.ts'
import type { Bill, Reason } from './types.ts'

/** A bill whose person and institution are in order. */
export type CheckedBill = Checked<Bill> & { readonly reasons?: never }

/** What a bill comes to, and whose accounts pay; or every reason why it comes to nothing. */
export type Computed =
  | { readonly settled: SettledBenefits; readonly accounts: Accounts; readonly reasons?: never }
  | { readonly reasons: readonly Reason[] }

/** A trial and a settlement compute alike; only the settlement moves what the desk holds. */
export function computeBill(desk: Desk, one: CheckedBill, book: ParameterBook): Computed {
  const { bill, insurance, facts } = one
  const accounts = desk.accountsOf(one)
  if (bill.acctUsedFlag === '2' && accounts.family === undefined) return { reasons: [noFamilyAccount] }
  const verdict = calculate(
    {
      bill,
      insurance,
      facts,
      accumulators: desk.accumulatorsOf(one),
      balance: accounts.own?.balance ?? ZERO_FEN,
      familyBalance: accounts.family?.balance ?? ZERO_FEN,
    },
    book,
  )
  return verdict.refused ? { reasons: verdict.refused.map(benefitReason) } : { settled: verdict, accounts }
}
