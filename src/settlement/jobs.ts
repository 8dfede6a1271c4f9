import type { Subscription } from '../kernel/outbox.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { hasOverdue } from './pending-store.ts'
import type { Pump, PumpDeps } from './pump.ts'
import { CLAIM_SUBMITTED } from './topics.ts'

/** Wakes the pump; the claim row says whether anything is left to do. */
export const settlementSubscriptions = (deps: { readonly pump: Pump }): Subscription[] => [
  {
    topic: CLAIM_SUBMITTED,
    queue: 'settlement',
    async handle(event) {
      // `claimId`: events from before claims were accepted together.
      const { claims, claimId = claims } = event.payload
      if (claimId === undefined) throw new TypeError('the event names no claim')
      await deps.pump.answer(claimId.split(','))
    },
  },
]

const OVERDUE_MS = 2000

/** Settles what no job came for: a queue that lost its jobs, or a worker that was killed holding them. */
export const settlementUpkeep = (deps: Pick<PumpDeps, 'db' | 'clock'> & { readonly pump: Pump }): Periodic[] => [
  {
    name: 'settlement.overdue',
    everyMs: 1000,
    async run() {
      const now = deps.clock.now()
      if (await hasOverdue(deps.db, new Date(now.getTime() - OVERDUE_MS), now)) await deps.pump.drain()
    },
  },
]
