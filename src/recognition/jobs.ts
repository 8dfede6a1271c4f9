import type { Deps } from '../kernel/deps.ts'
import type { Subscription } from '../kernel/outbox.ts'
import { RESULT_CHANGED } from '../records/index.ts'
import { decisionsOfPerson } from './decisions-of-person.ts'
import { ANNOUNCED, findOutdated, reopenDecisions } from './reopen-decisions.ts'

/**
 * A hospital said that it changed a result: what was decided on it is opened again. The word of the hospital is enough,
 * so nobody is asked; running it twice finds the row there.
 */
export function recognitionSubscriptions(deps: Pick<Deps, 'db' | 'clock' | 'outbox'>): Subscription[] {
  return [
    {
      topic: RESULT_CHANGED,
      queue: 'recognition',
      async handle({ id, payload }) {
        // A notice may not say what the result has become: then the event is the state.
        const { personId, institution, resourceType, resourceId, state = `${ANNOUNCED} - ${id}` } = payload
        if (!personId || !institution || !resourceType || !resourceId) {
          throw new TypeError(`${RESULT_CHANGED} lacks a part of its payload`)
        }
        const seen = [{ issuer: institution, resourceType, resourceId, state }]
        await reopenDecisions(deps, findOutdated(await decisionsOfPerson(deps.db, personId), seen))
      },
    },
  ]
}
