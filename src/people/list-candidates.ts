import { appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { personEvent } from './audit-person.ts'
import { type Pair, readOpenPairs } from './candidate-store.ts'
import { type MaskedDetails, readMasked } from './masked-people.ts'
import type { AskedBy } from './types.ts'

export interface ShownPair extends Pick<Pair, 'pairId' | 'points' | 'grade' | 'fields' | 'policyVersion' | 'foundAt'> {
  /** The two, masked, each as the person that answers for it now. */
  readonly people: readonly Omit<MaskedDetails, 'group'>[]
}

/** The place of a pair in the list: after it the next page begins. */
export interface PairPlace {
  readonly points: number
  readonly pairId: string
}

/** Open pairs that concern the caller's institution or city, the best first. An event for each person shown. */
export async function listCandidates(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  of: { readonly after: PairPlace | undefined; readonly limit: number; readonly by: AskedBy },
): Promise<{ readonly pairs: readonly ShownPair[]; readonly next: PairPlace | undefined }> {
  const { by, limit } = of
  const rows = await readOpenPairs(deps.db, { org: by.org, after: of.after, limit: limit + 1 })
  const shown = rows.slice(0, limit)
  const people = await readMasked(deps, deps.db, [...new Set(shown.flatMap((pair) => [pair.lowId, pair.highId]))])
  const personIds = [...new Set([...people.values()].map((person) => person.personId))]
  await appendAudits(
    deps.db,
    personIds.map((personId) =>
      personEvent(by, { action: 'people.read-candidates', personId, purpose: 'identification' }),
    ),
    deps.clock,
  )
  const last = shown.at(-1)
  return {
    pairs: shown.map(({ lowId, highId, orgs: _orgs, state: _state, ...pair }) => ({
      ...pair,
      people: [lowId, highId].flatMap((id) => {
        const masked = people.get(id)
        if (masked === undefined) return []
        const { group: _, ...person } = masked
        return [person]
      }),
    })),
    next: rows.length > limit && last !== undefined ? { points: last.points, pairId: last.pairId } : undefined,
  }
}
