import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { createGatherer } from '../kernel/gather.ts'
import { isOutage } from '../kernel/outage.ts'
import { type CheckDeps, checkSentBill, type SentBill } from './check-sent-bill.ts'
import type { SettleDeps } from './settle-batch.ts'
import { type Trial, tryBills } from './try-settlement.ts'
import type { Bill } from './types.ts'

/** Where trials are asked for: those that arrive while others are being read are read together. */
export interface TryDesk {
  /**
   * The trial, when its audit event is durable.
   *
   * @throws where the bill by itself is not in order, as a claim would
   */
  try(institution: string, sent: SentBill, event: AuditEvent): Promise<Trial>
}

export function createTryDesk(deps: SettleDeps & CheckDeps & Pick<Deps, 'db'>): TryDesk {
  const trials = createGatherer<{ readonly bill: Bill; readonly event: AuditEvent }, Trial>({
    most: 100,
    atATime: 2,
    async work(asked) {
      const read = await tryBills(
        deps,
        asked.map((one) => one.bill),
      )
      await appendAudits(
        deps.db,
        asked.map((one) => one.event),
        deps.clock,
      )
      return read
    },
    concernsAll: isOutage,
  })
  return {
    async try(institution, sent, event) {
      return await trials.add({ bill: checkSentBill(deps, institution, sent), event })
    },
  }
}
