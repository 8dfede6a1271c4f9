import { NO_ACCUMULATORS, type SettledBenefits } from '../benefits/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { ZERO_FEN } from '../kernel/money.ts'
import type { PersonInsurance } from './ports.ts'
import { benefitReason } from './reasons.ts'
import { calculate } from './rules.ts'
import { checkBills, type SettleDeps, yearKeyOf } from './settle-batch.ts'
import type { Bill, Reason } from './types.ts'
import { readAccounts, readYears } from './year-store.ts'

export type Trial =
  | { readonly state: 'trial'; readonly insurance: PersonInsurance; readonly settled: SettledBenefits }
  | { readonly state: 'refused'; readonly reasons: readonly Reason[] }

/** Pre-settlement (2206): what the bill would come to now. Reads without locks and changes nothing. */
export async function trySettlement(deps: SettleDeps & Pick<Deps, 'db'>, bill: Bill): Promise<Trial> {
  const [checked] = await checkBills(deps.db, deps, [bill])
  if (checked === undefined) throw new Error('one bill has one check')
  if (checked.reasons) return { state: 'refused', reasons: checked.reasons }
  const key = yearKeyOf(bill, checked.insurance)
  const [year] = await readYears(deps.db, [key], 'none')
  // Also where it does not pay: balc is what the account holds.
  const [account] = await readAccounts(deps.db, [key], 'none')
  const verdict = calculate(
    {
      bill,
      insurance: checked.insurance,
      facts: checked.facts,
      accumulators: year?.accumulators ?? NO_ACCUMULATORS,
      balance: account?.balance ?? ZERO_FEN,
    },
    deps.book(),
  )
  if (verdict.refused) return { state: 'refused', reasons: verdict.refused.map(benefitReason) }
  return { state: 'trial', insurance: checked.insurance, settled: verdict }
}
