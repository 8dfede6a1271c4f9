import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { reencryptIssuerKeys } from './issuer-keys.ts'
import { deleteExpiredUses } from './store.ts'

const HOUR_MS = 3_600_000

/** Used codes are kept for a day after their end: long enough for a dispute of the day, short enough to stay small. */
export function cardsPeriodic(deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'log'>): Periodic[] {
  return [
    {
      name: 'cards.forget-used-codes',
      everyMs: HOUR_MS,
      run: () => deleteExpiredUses(deps.db, new Date(deps.clock.now().getTime() - 24 * HOUR_MS)),
    },
    {
      name: 'cards.reencrypt-keys',
      everyMs: 60_000,
      run: async () => {
        const moved = await reencryptIssuerKeys(deps)
        if (moved > 0) deps.log.info({ area: 'cards', verb: 'reencrypt-keys', moved }, 'issuer keys re-encrypted')
      },
    },
  ]
}
