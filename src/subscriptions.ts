import { CONSENT_WITHDRAWN } from './consent/index.ts'
import type { Deps } from './kernel/deps.ts'
import type { Routes, Subscription } from './kernel/outbox.ts'
import { labsSubscriptions } from './labs/index.ts'
import type { Live } from './live.ts'
import { MAPPINGS_CHANGED } from './mappings/index.ts'
import { REOPENED, recognitionSubscriptions } from './recognition/index.ts'
import { RESULT_CHANGED } from './records/index.ts'
import { MESSAGES_ACCEPTED, routingSubscriptions, tellHospital } from './routing/index.ts'
import { CLAIM_SUBMITTED, settlementSubscriptions } from './settlement/index.ts'

/** Who reacts to what: the one list of event subscriptions. */
export function subscriptions(deps: Deps, live: Live): Subscription[] {
  return [
    ...settlementSubscriptions({ ...deps, ...live.settlement }),
    ...labsSubscriptions(deps),
    ...recognitionSubscriptions(deps),
    ...routingSubscriptions({ ...deps, ...live, ...live.routing }),
    reopenedNotices({ ...deps, ...live, ...live.routing }),
  ]
}

/** The hospital whose physician relied on a result hears that its decision is open again; its work list says the rest. */
const reopenedNotices = (deps: Parameters<typeof tellHospital>[0]): Subscription => ({
  topic: REOPENED,
  queue: 'routing',
  async handle({ id, payload, requestId }) {
    const { decisionId, institution } = payload
    if (decisionId === undefined || institution === undefined) throw new TypeError('the event names no decision')
    await tellHospital(deps, {
      institution,
      event: 'decision-reopened',
      about: { system: 'urn:yimatong:recognition:decision', id: decisionId },
      requestId: requestId ?? `outbox-${id}`,
    })
  },
})

/**
 * Topic and queue of each subscription: what the appending side needs before any handler exists. A test holds
 * it equal to the list above.
 */
export const routes: Routes = [
  { topic: CLAIM_SUBMITTED, queue: 'settlement' },
  { topic: MAPPINGS_CHANGED, queue: 'labs' },
  { topic: RESULT_CHANGED, queue: 'recognition' },
  { topic: MESSAGES_ACCEPTED, queue: 'routing' },
  { topic: CONSENT_WITHDRAWN, queue: 'routing' },
  { topic: REOPENED, queue: 'routing' },
]
