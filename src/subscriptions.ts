import type { Deps } from './kernel/deps.ts'
import type { Routes, Subscription } from './kernel/outbox.ts'
import { labsSubscriptions } from './labs/index.ts'
import type { Live } from './live.ts'
import { MAPPINGS_CHANGED } from './mappings/index.ts'
import { recognitionSubscriptions } from './recognition/index.ts'
import { RESULT_CHANGED } from './records/index.ts'
import { MESSAGES_ACCEPTED, routingSubscriptions } from './routing/index.ts'
import { CLAIM_SUBMITTED, settlementSubscriptions } from './settlement/index.ts'

/** Who reacts to what: the one list of event subscriptions. */
export function subscriptions(deps: Deps, live: Live): Subscription[] {
  return [
    ...settlementSubscriptions({ ...deps, ...live.settlement }),
    ...labsSubscriptions(deps),
    ...recognitionSubscriptions(deps),
    ...routingSubscriptions(live.routing),
  ]
}

/**
 * Topic and queue of each subscription: what the appending side needs before any handler exists. A test holds
 * it equal to the list above.
 */
export const routes: Routes = [
  { topic: CLAIM_SUBMITTED, queue: 'settlement' },
  { topic: MAPPINGS_CHANGED, queue: 'labs' },
  { topic: RESULT_CHANGED, queue: 'recognition' },
  { topic: MESSAGES_ACCEPTED, queue: 'routing' },
]
