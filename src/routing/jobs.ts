import { CONSENT_WITHDRAWN } from '../consent/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Subscription } from '../kernel/outbox.ts'
import type { Periodic } from '../kernel/periodic.ts'
import type { ConsentDeps } from './ask-consent.ts'
import type { Courier } from './courier.ts'
import { stopWithdrawn } from './stop-withdrawn.ts'

/** Appended in the transaction of the messages; carries the codes of their destinations. */
export const MESSAGES_ACCEPTED = 'routing.messages-accepted'

/** Wakes the couriers, and stops what a person allows no more; the rows say what is to be done. */
export const routingSubscriptions = (
  deps: ConsentDeps & Pick<Deps, 'db' | 'keyring'> & { readonly courier: Courier },
): Subscription[] => [
  {
    topic: MESSAGES_ACCEPTED,
    queue: 'routing',
    async handle(event) {
      const { destinations } = event.payload
      if (destinations === undefined) throw new TypeError('the event names no destination')
      await Promise.all(destinations.split(' ').map((code) => deps.courier.drain(code)))
    },
  },
  {
    topic: CONSENT_WITHDRAWN,
    queue: 'routing',
    async handle(event) {
      const { personId } = event.payload
      if (personId === undefined) throw new TypeError('the event names no person')
      await stopWithdrawn(deps, personId)
    },
  },
]

/** Delivers what no job came for: what waited for its next attempt, and what a lost queue or a killed worker left. */
export const routingUpkeep = (deps: { readonly courier: Courier }): Periodic[] => [
  { name: 'routing.due', everyMs: 500, run: () => deps.courier.drainDue() },
  { name: 'routing.mend-lanes', everyMs: 60_000, run: () => deps.courier.mend() },
]
