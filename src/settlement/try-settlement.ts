import type { SettledBenefits } from '../benefits/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { ZERO_FEN } from '../kernel/money.ts'
import { type Checked, checkBills } from './check-bills.ts'
import { type CheckDeps, checkSentBill, type SentBill } from './check-sent-bill.ts'
import { type Desk, openDesk } from './desk.ts'
import type { PersonInsurance } from './ports.ts'
import { benefitReason, noFamilyAccount } from './reasons.ts'
import { calculate } from './rules.ts'
import type { SettleDeps } from './settle-batch.ts'
import type { Bill, Reason } from './types.ts'

export type Trial =
  | {
      readonly state: 'trial'
      readonly bill: Bill
      readonly insurance: PersonInsurance
      readonly settled: SettledBenefits
    }
  | { readonly state: 'refused'; readonly bill: Bill; readonly reasons: readonly Reason[] }

type TryDeps = SettleDeps & Pick<Deps, 'db'>

/**
 * Pre-settlement (2206, 2303): what the bill would come to now. Reads without locks and changes nothing.
 *
 * @throws where the bill by itself is not in order, as a claim would
 */
export async function trySettlement(deps: TryDeps & CheckDeps, institution: string, sent: SentBill): Promise<Trial> {
  const [trial] = await tryBills(deps, [checkSentBill(deps, institution, sent)])
  if (trial === undefined) throw new Error('one bill has one trial')
  return trial
}

/** Trials of several bills, each as if it were the only one. The number of statements does not depend on their number. */
export async function tryBills(deps: TryDeps, bills: readonly Bill[]): Promise<readonly Trial[]> {
  const [checked, groups] = await Promise.all([
    checkBills(deps.db, deps, bills),
    deps.findGroups(deps.db, [...new Set(bills.map((bill) => bill.personId))]),
  ])
  const ready = checked.filter((one) => one.reasons === undefined)
  const desk = ready.length === 0 ? undefined : await openDesk(deps.db, groups, ready, 'none')
  return checked.map((one): Trial => {
    if (one.reasons !== undefined) return { state: 'refused', bill: one.bill, reasons: one.reasons }
    if (desk === undefined) throw new Error('whose bill is in order has a place at the desk')
    return tryOne(deps, desk, one)
  })
}

function tryOne(deps: TryDeps, desk: Desk, one: Checked<Bill> & { readonly reasons?: never }): Trial {
  const { bill, insurance, facts } = one
  const { own, family } = desk.accountsOf(one)
  if (bill.acctUsedFlag === '2' && family === undefined) return { state: 'refused', bill, reasons: [noFamilyAccount] }
  const verdict = calculate(
    {
      bill,
      insurance,
      facts,
      accumulators: desk.accumulatorsOf(one),
      balance: own?.balance ?? ZERO_FEN,
      familyBalance: family?.balance ?? ZERO_FEN,
    },
    deps.book(),
  )
  if (verdict.refused) return { state: 'refused', bill, reasons: verdict.refused.map(benefitReason) }
  return { state: 'trial', bill, insurance, settled: verdict }
}
