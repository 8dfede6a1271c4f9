import type { Subscription } from '../kernel/outbox.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { firstDue } from './pending-store.ts'
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

/**
 * Settles what no job came for: a queue that lost its jobs, or a worker that was killed holding them. Overdue is what is
 * still first after two looks, whatever the clocks of the processes say: one that was set back an hour would call
 * nothing overdue for an hour.
 */
export const settlementUpkeep = (deps: Pick<PumpDeps, 'db' | 'clock'> & { readonly pump: Pump }): Periodic[] => {
  let first: string | undefined
  return [
    {
      name: 'settlement.overdue',
      everyMs: 1000,
      async run() {
        const seen = first
        first = await firstDue(deps.db, deps.clock.now())
        if (first !== undefined && first === seen) await deps.pump.drain()
      },
    },
  ]
}
