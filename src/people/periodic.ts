import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { comparePeople } from './compare-people.ts'
import { fillMatchKeys } from './fill-match-keys.ts'
import { deleteOldMatchKeys } from './match-store.ts'
import { reencryptPeople } from './reencrypt-people.ts'
import { deleteOldIndexes } from './reencrypt-store.ts'
import type { PersonId } from './types.ts'

const HOUR_MS = 3_600_000
const PEOPLE_A_BATCH = 500
const PEOPLE_A_COMPARISON = 50
const BATCHES_A_TICK = 40
const OLD_INDEXES_A_BATCH = 5_000

/**
 * The change of field and index keys: while the ring holds older keys beside the active ones, passes over all people go on
 * until one has moved nothing; then the log says that people need the older keys no more. Index rows under keys that have
 * left the ring are removed. Newly registered people are compared with the others, and who has no match keys gets them.
 */
export function peoplePeriodics(deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'log'>): Periodic[] {
  const { field, index } = deps.keyring
  const line = { area: 'people', verb: 'reencrypt' }
  let after: PersonId | null = null
  let moved = 0
  let done = field.byId.size === 1 && index.byId.size === 1

  const tick = async (): Promise<void> => {
    for (let batch = 0; batch < BATCHES_A_TICK && !done; batch++) {
      const step = await reencryptPeople(deps, { after, limit: PEOPLE_A_BATCH })
      if (step.conflicts > 0) deps.log.error({ ...line, conflicts: step.conflicts }, 'a number belongs to two persons')
      moved += step.moved
      after = step.next
      if (after !== null) continue
      done = moved === 0
      deps.log.info(
        { ...line, moved, done },
        done ? 'people need the older keys no more' : 'a pass over all people ended',
      )
      moved = 0
    }
  }

  const compare = async (): Promise<void> => {
    for (let batch = 0; batch < BATCHES_A_TICK; batch++) {
      const { compared, pairs } = await comparePeople(deps, PEOPLE_A_COMPARISON)
      if (pairs > 0) deps.log.info({ area: 'people', verb: 'compare', compared, pairs }, 'pairs for review')
      if (compared < PEOPLE_A_COMPARISON) return
    }
  }

  const fillKeys = async (): Promise<void> => {
    for (let batch = 0; batch < BATCHES_A_TICK; batch++) {
      if ((await fillMatchKeys(deps, PEOPLE_A_BATCH)) < PEOPLE_A_BATCH) return
    }
  }

  return [
    { name: 'people.reencrypt', everyMs: 10_000, run: tick },
    {
      name: 'people.forget-old-indexes',
      everyMs: 6 * HOUR_MS,
      run: async () => {
        const keys = { active: index.active.id, live: [...index.byId.keys()] }
        while ((await deleteOldIndexes(deps.db, keys, OLD_INDEXES_A_BATCH)) === OLD_INDEXES_A_BATCH);
        while ((await deleteOldMatchKeys(deps.db, keys, OLD_INDEXES_A_BATCH)) === OLD_INDEXES_A_BATCH);
      },
    },
    { name: 'people.compare', everyMs: 2_000, run: compare },
    { name: 'people.match-keys', everyMs: 10_000, run: fillKeys },
  ]
}
