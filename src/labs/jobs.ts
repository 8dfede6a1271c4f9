import type { Subscription } from '../kernel/outbox.ts'
import { MAPPINGS_CHANGED } from '../mappings/index.ts'
import type { LabsDeps } from './caller.ts'
import { recodeReports } from './recode-reports.ts'

/** Reads held reports anew when the meaning of their codes changed. */
export const labsSubscriptions = (deps: LabsDeps): Subscription[] => [
  {
    topic: MAPPINGS_CHANGED,
    queue: 'labs',
    async handle({ payload }) {
      const { institution, at } = payload
      if (institution === undefined || at === undefined) throw new TypeError('the event names no institution')
      await recodeReports(deps, { institution, at: new Date(at) })
    },
  },
]
