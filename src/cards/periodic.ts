import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { carrierUpkeep } from './carrier-upkeep.ts'
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
    ...carrierUpkeep(deps),
  ]
}
