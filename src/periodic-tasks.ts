import { auditSealing } from './audit/index.ts'
import { cardsPeriodic } from './cards/index.ts'
import { healthcodesPeriodics } from './healthcodes/index.ts'
import { identityPeriodics } from './identity/index.ts'
import { issuersPeriodic } from './issuers/index.ts'
import type { Deps } from './kernel/deps.ts'
import { pruneKeys } from './kernel/idempotency-store.ts'
import { pruneDone } from './kernel/outbox-store.ts'
import type { Periodic } from './kernel/periodic.ts'
import { labsPeriodics } from './labs/index.ts'
import { ledgerSealing } from './ledger/index.ts'
import type { Live } from './live.ts'
import { nhsaPeriodics } from './nhsa/index.ts'
import { peoplePeriodics } from './people/index.ts'
import { routingPeriodics, routingUpkeep } from './routing/index.ts'
import { settlementUpkeep } from './settlement/index.ts'

const DAY_MS = 86_400_000

/** Clients may repeat a request for this long and still get the stored answer. */
const KEY_RETENTION_MS = 7 * DAY_MS

/** Finished outbox rows answer "when did this run" for this long. */
const OUTBOX_RETENTION_MS = 7 * DAY_MS

/** Rows removed at a time, so that a long-neglected table never holds its locks for long. */
const PRUNE_BATCH = 5_000

/** Removes until a batch is not full any more: one batch a minute falls behind a busy day for ever. */
async function inBatches(remove: (limit: number) => Promise<number>): Promise<void> {
  while ((await remove(PRUNE_BATCH)) === PRUNE_BATCH);
}

/** The one list of upkeep that runs by the clock. */
export function periodicTasks(deps: Deps, live: Live): Periodic[] {
  const before = (ms: number): Date => new Date(deps.clock.now().getTime() - ms)
  return [
    {
      name: 'kernel.prune-keys',
      everyMs: 60_000,
      run: () => inBatches((limit) => pruneKeys(deps.db, before(KEY_RETENTION_MS), limit)),
    },
    {
      name: 'kernel.prune-outbox',
      everyMs: 60_000,
      run: () => inBatches((limit) => pruneDone(deps.db, before(OUTBOX_RETENTION_MS), limit)),
    },
    auditSealing(deps.db),
    ledgerSealing(deps),
    ...identityPeriodics(deps),
    ...nhsaPeriodics(deps),
    ...peoplePeriodics(deps),
    ...issuersPeriodic(deps),
    ...healthcodesPeriodics(deps),
    ...labsPeriodics(deps),
    ...cardsPeriodic(deps),
    ...routingPeriodics(deps),
    ...routingUpkeep(live.routing),
    ...settlementUpkeep({ ...deps, ...live.settlement }),
  ]
}
