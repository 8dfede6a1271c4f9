import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import { auditKey, type KeyCaller } from './audit-key.ts'
import { issuersError } from './errors.ts'
import type { KeyDeps } from './make-key.ts'
import { type IssuerKeyRow, markIssuerChanged, readKey, setKeyDates } from './store.ts'

export interface Retirement {
  readonly city: CityCode
  readonly kid: string
  /** From then on nothing is signed with it; now where nothing is said and it still signs. */
  readonly retiredAt?: Date | undefined
  /** What it signed counts until then; for ever, that is as long as each card, where nothing is said. */
  readonly verifyUntil?: Date | undefined
}

/**
 * Sets the end of a key's signing, and of what it signed. Neither lies in the past: what was signed in good faith would
 * become void afterwards, which is what a revocation is for.
 *
 * @throws `issuers.not-found` also for a revoked key; `issuers.dates-invalid`
 */
export async function retireKey(deps: KeyDeps, tx: Tx, order: Retirement, by: KeyCaller): Promise<IssuerKeyRow> {
  const { city, kid, verifyUntil } = order
  const now = deps.clock.now()
  if (!(await markIssuerChanged(tx, city))) throw issuersError('not-found')
  const key = await readKey(tx, { city, kid })
  if (key === undefined || key.revokedAt !== null) throw issuersError('not-found')
  const retired = key.retiredAt !== null && key.retiredAt <= now
  const retiredAt = retired ? key.retiredAt : (order.retiredAt ?? now)
  if (order.retiredAt !== undefined && (retired || order.retiredAt < now)) {
    throw issuersError('dates-invalid', {
      errors: [{ pointer: '/retiredAt', detail: 'must not lie in the past, nor change after the key was retired' }],
    })
  }
  if (verifyUntil !== undefined && (verifyUntil < now || (retiredAt !== null && verifyUntil < retiredAt))) {
    throw issuersError('dates-invalid', {
      errors: [{ pointer: '/verifyUntil', detail: 'must lie in the future, not before retiredAt' }],
    })
  }
  const dates = { retiredAt, verifyUntil: verifyUntil ?? key.verifyUntil }
  await setKeyDates(tx, { city, kid, ...dates })
  await auditKey(tx, deps.clock, by, { action: 'issuers.retire-key', kid })
  return { ...key, ...dates }
}
