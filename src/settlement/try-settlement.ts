import type { SettledBenefits } from '../benefits/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { checkBills } from './check-bills.ts'
import { type CheckDeps, checkSentBill, type SentBill } from './check-sent-bill.ts'
import { computeBill } from './compute-bill.ts'
import { openDesk } from './desk.ts'
import type { PersonInsurance } from './ports.ts'
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
    const { bill, insurance } = one
    const computed = computeBill(desk, one, deps.book())
    return computed.reasons === undefined
      ? { state: 'trial', bill, insurance, settled: computed.settled }
      : { state: 'refused', bill, reasons: computed.reasons }
  })
}
