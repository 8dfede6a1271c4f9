import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
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

/** Most trials of one reading, and readings at a time. */
const MOST = 100
const AT_A_TIME = 2

interface Waiting {
  readonly bill: Bill
  readonly event: AuditEvent
  done(trial: Trial): void
  fail(error: unknown): void
}

export function createTryDesk(deps: SettleDeps & CheckDeps & Pick<Deps, 'db'>): TryDesk {
  const queue: Waiting[] = []
  let running = 0

  const read = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const trials = await tryBills(
        deps,
        batch.map((one) => one.bill),
      )
      await appendAudits(
        deps.db,
        batch.map((one) => one.event),
        deps.clock,
      )
      for (const [at, one] of batch.entries()) one.done(trials[at] as Trial)
    } catch (error) {
      // A fault in one must not take the others with it; what the database cannot do, it cannot do for one either.
      if (batch.length === 1 || isOutage(error)) for (const one of batch) one.fail(error)
      else for (const one of batch) await read([one])
    }
  }

  const serve = (): void => {
    if (queue.length === 0 || running >= AT_A_TIME || (running > 0 && queue.length < MOST)) return
    running++
    void read(queue.splice(0, MOST)).finally(() => {
      running--
      serve()
    })
    serve()
  }

  return {
    async try(institution, sent, event) {
      const bill = checkSentBill(deps, institution, sent)
      return await new Promise<Trial>((done, fail) => {
        queue.push({ bill, event, done, fail })
        // Requests that were read in the same turn of the loop come together.
        if (queue.length === 1) setImmediate(serve)
      })
    },
  }
}
