import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { escalateAppeals } from './decide-appeal.ts'
import { purgeEndedOrders, purgeOld } from './purge.ts'

const MINUTE_MS = 60_000

/** Upkeep of health codes. While nothing was ever activated each tick is one read of a small table. */
export function healthcodesPeriodics(deps: Pick<Deps, 'db' | 'clock' | 'log'>): Periodic[] {
  return [
    { name: 'healthcodes.escalate-appeals', everyMs: MINUTE_MS, run: () => escalateAppeals(deps) },
    { name: 'healthcodes.purge-ended', everyMs: MINUTE_MS, run: () => purgeEndedOrders(deps) },
    { name: 'healthcodes.purge-old', everyMs: 60 * MINUTE_MS, run: () => purgeOld(deps) },
  ]
}
