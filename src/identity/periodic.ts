import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { activeSince, rotateSigningKey } from './rotate-signing-key.ts'
import { deleteExpiredAssertions } from './store.ts'

/** Age at which the signing key is replaced by itself; `keys rotate` does it earlier. */
const SIGNING_KEY_MAX_AGE_MS = 30 * 86_400_000
/**
 * A used assertion is remembered this much longer than it could be presented: the clocks of two servers may differ by
 * more than the configured skew, and a row too many costs less than an assertion that works twice.
 */
const JTI_MARGIN_MS = 600_000

/** Upkeep of the slice. */
export function identityPeriodics(deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config' | 'log'>): Periodic[] {
  return [
    {
      name: 'identity.purge-assertions',
      everyMs: 60_000,
      run: async () => {
        await deleteExpiredAssertions(deps.db, new Date(deps.clock.now().getTime() - JTI_MARGIN_MS))
      },
    },
    {
      name: 'identity.rotate-signing-key',
      everyMs: 3_600_000,
      run: async () => {
        const since = await activeSince(deps)
        if (since === undefined || deps.clock.now().getTime() - since.getTime() < SIGNING_KEY_MAX_AGE_MS) return
        const rotation = await rotateSigningKey(deps)
        deps.log.info({ area: 'identity', ...rotation }, 'signing key rotated by age')
      },
    },
  ]
}
