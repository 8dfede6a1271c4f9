import type { SettledBenefits } from '../benefits/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { ZERO_FEN } from '../kernel/money.ts'
import { checkBills } from './check-bills.ts'
import { type CheckDeps, checkSentBill, type SentBill } from './check-sent-bill.ts'
import { openDesk } from './desk.ts'
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

/**
 * Pre-settlement (2206, 2303): what the bill would come to now. Reads without locks and changes nothing.
 *
 * @throws where the bill by itself is not in order, as a claim would
 */
export async function trySettlement(
  deps: SettleDeps & CheckDeps & Pick<Deps, 'db'>,
  institution: string,
  sent: SentBill,
): Promise<Trial> {
  const bill = checkSentBill(deps, institution, sent)
  const [[checked], groups] = await Promise.all([
    checkBills(deps.db, deps, [bill]),
    deps.findGroups(deps.db, [bill.personId]),
  ])
  if (checked === undefined) throw new Error('one bill has one check')
  if (checked.reasons) return { state: 'refused', bill, reasons: checked.reasons }
  const { insurance, facts } = checked
  const entry = { bill, insurance }
  const desk = await openDesk(deps.db, groups, [entry], 'none')
  const { own, family } = desk.accountsOf(entry)
  if (bill.acctUsedFlag === '2' && family === undefined) return { state: 'refused', bill, reasons: [noFamilyAccount] }
  const verdict = calculate(
    {
      bill,
      insurance,
      facts,
      accumulators: desk.accumulatorsOf(entry),
      balance: own?.balance ?? ZERO_FEN,
      familyBalance: family?.balance ?? ZERO_FEN,
    },
    deps.book(),
  )
  if (verdict.refused) return { state: 'refused', bill, reasons: verdict.refused.map(benefitReason) }
  return { state: 'trial', bill, insurance, settled: verdict }
}
