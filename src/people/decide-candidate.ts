import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditPerson } from './audit-person.ts'
import { lockPair, type PairState, rejectPair } from './candidate-store.ts'
import { peopleError } from './errors.ts'
import { type MERGE_REASONS, mergePeople } from './merge-people.ts'
import { lockMerges, readSurvivors } from './merged-store.ts'
import type { AskedBy } from './types.ts'

/** Why two rows are two persons. */
export const REJECT_REASONS = ['other-person', 'twins', 'documents-seen', 'person-confirmed'] as const

export type CandidateDecision =
  | {
      readonly decision: 'same'
      /** Which of the two answers for both. */
      readonly survivorId: string
      readonly reason: (typeof MERGE_REASONS)[number]
      readonly evidenceRef?: string | undefined
    }
  | { readonly decision: 'different'; readonly reason: (typeof REJECT_REASONS)[number] }

export interface DecidedPair {
  readonly pairId: string
  readonly state: PairState
  readonly mergeId: string | null
}

/**
 * A reviewer's word on a pair: one person, which merges them, or two, after which the pair does not come back.
 *
 * @throws `people.candidate-not-found`, also where it does not concern the city; `people.candidate-decided`;
 *   `people.invalid`; what a merge throws
 */
export async function decideCandidate(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly pairId: string
    readonly decision: CandidateDecision
    readonly by: AskedBy & { readonly city: CityCode }
  },
): Promise<DecidedPair> {
  const { pairId, decision, by } = command
  // Before the pair, as every merge does, which closes pairs after it: the other way round two of them stop each other.
  await lockMerges(tx, 'change')
  const pair = await lockPair(tx, pairId)
  if (pair === undefined || !pair.orgs.includes(by.city)) throw peopleError('candidate-not-found')
  if (pair.state !== 'open') throw peopleError('candidate-decided')

  if (decision.decision === 'same') {
    // Since the pair was found either may have been merged with a third row: those that answer for them are merged.
    const survivors = await readSurvivors(tx, [pair.lowId, pair.highId])
    const ends = [survivors.get(pair.lowId), survivors.get(pair.highId)]
    const absorbedId = ends.find((id) => id !== decision.survivorId)
    if (!ends.some((id) => id === decision.survivorId) || absorbedId === undefined) {
      throw peopleError('invalid', { errors: [{ pointer: '/survivorId', detail: 'is not one of the two' }] })
    }
    const { survivorId, reason, evidenceRef } = decision
    const { mergeId } = await mergePeople(deps, tx, { survivorId, absorbedId, reason, evidenceRef, by })
    return { pairId, state: 'merged', mergeId }
  }
  await rejectPair(tx, pairId, { by: by.clientId, org: by.org, at: deps.clock.now(), reason: decision.reason })
  for (const personId of [pair.lowId, pair.highId]) {
    await auditPerson(deps, tx, by, {
      action: 'people.reject-candidate',
      personId,
      purpose: 'registration',
      reasonCodes: [decision.reason],
      fieldsTouched: ['identity'],
    })
  }
  return { pairId, state: 'rejected', mergeId: null }
}
