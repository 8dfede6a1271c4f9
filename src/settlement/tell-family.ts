import { appendAudit } from '../audit/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { insuranceAt } from '../people/index.ts'
import { upsertFamily } from './account-store.ts'
import { type Actor, claimEvent } from './claim-event.ts'
import { settlementError } from './errors.ts'

export interface FamilyAccount {
  /** Who may use the account, and whose it is. */
  readonly memberId: string
  readonly holderId: string
  /** First day, and last day where it has one. */
  readonly from: string
  readonly to: string | null
}

/**
 * 个人账户共济: the bureau of the holder's insured city says who may use the account of whom, and from when to when. Told
 * again with another last day, the permission ends then; its first day stays.
 *
 * @throws `settlement.family-invalid` where the two are one, or the holder is not insured in the bureau's city on that day
 */
export async function tellFamily(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  told: FamilyAccount & { readonly by: Actor; readonly city: string; readonly requestId?: string | undefined },
): Promise<void> {
  const { memberId, holderId, from, to, by, city } = told
  const refuse = (pointer: string, detail: string) =>
    settlementError('family-invalid', { errors: [{ pointer, detail }] })
  if (memberId === holderId) throw refuse('/member_id', 'uses the own account without being told')
  if (to !== null && to < from) throw refuse('/to_date', 'lies before from_date')
  if ((await insuranceAt(tx, holderId, from))?.insuredCity !== city) {
    throw refuse('/holder_id', 'is not insured in your city on from_date')
  }
  await upsertFamily(tx, { memberId, holderId, insuredCity: city, from, to, by: by.actorOrg, at: deps.clock.now() })
  for (const personId of [memberId, holderId]) {
    const event = claimEvent(by, { action: 'settlement.family', personId, requestId: told.requestId })
    await appendAudit(tx, event, deps.clock)
  }
}
