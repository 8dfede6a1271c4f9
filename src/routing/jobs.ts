import type { Subscription } from '../kernel/outbox.ts'
import type { Periodic } from '../kernel/periodic.ts'
import type { Courier } from './courier.ts'

/** Appended in the transaction of the messages; carries the codes of their destinations. */
export const MESSAGES_ACCEPTED = 'routing.messages-accepted'

/** Wakes the couriers; the rows say what is to be delivered. */
export const routingSubscriptions = (deps: { readonly courier: Courier }): Subscription[] => [
  {
    topic: MESSAGES_ACCEPTED,
    queue: 'routing',
    async handle(event) {
      const { destinations } = event.payload
      if (destinations === undefined) throw new TypeError('the event names no destination')
      await Promise.all(destinations.split(' ').map((code) => deps.courier.drain(code)))
    },
  },
]

/** Delivers what no job came for: what waited for its next attempt, and what a lost queue or a killed worker left. */
export const routingUpkeep = (deps: { readonly courier: Courier }): Periodic[] => [
  { name: 'routing.due', everyMs: 500, run: () => deps.courier.drainDue() },
  { name: 'routing.mend-lanes', everyMs: 60_000, run: () => deps.courier.mend() },
]
