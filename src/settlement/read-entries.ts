import type { Deps } from '../kernel/deps.ts'
import { readEntries } from '../ledger/index.ts'
import { findClaim } from './claim-store.ts'
import { settlementError } from './errors.ts'
import { LEDGER_SOURCE } from './posting.ts'
import { readResult } from './result-store.ts'

/**
 * How a claim was booked in one city's book: its settlement and, where there is one, its reversal. Each book balances
 * on its own, so a bureau can check its side without seeing the other city's.
 *
 * @throws `settlement.claim-not-found`, also for a claim in which the city has no part
 */
export async function readClaimEntries(deps: Pick<Deps, 'db'>, claimId: string, city: string) {
  const ref = await findClaim(deps.db, claimId, { city })
  if (ref === undefined) throw settlementError('claim-not-found')
  const results = [await readResult(deps.db, ref, 'settlement'), await readResult(deps.db, ref, 'reversal')].filter(
    (one) => one !== undefined,
  )
  const entries = await readEntries(deps.db, {
    personId: ref.personId,
    source: LEDGER_SOURCE,
    bizIds: results.map((one) => one.id),
    book: city,
  })
  return {
    personId: ref.personId,
    journals: results.map(({ id, kind, month }) => ({
      id,
      kind,
      month,
      entries: entries.filter((one) => one.bizId === id),
    })),
  }
}
