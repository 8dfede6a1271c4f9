import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { looksPersonal } from '../kernel/log.ts'
import { violatedConstraint } from '../kernel/tx.ts'
import { auditPerson } from './audit-person.ts'
import { closePairsWithin, insertRejected, readTies, reopenPairs } from './candidate-store.ts'
import { concernedOrgs } from './concerned.ts'
import { peopleError } from './errors.ts'
import { forgetIds } from './ids-of-person.ts'
import {
  absorb,
  insertMerge,
  lockMerges,
  type MergeRow,
  readGroup,
  readMerge,
  readMergedRow,
  release,
  setHolder,
} from './merged-store.ts'
import { sharedDay } from './rules.ts'
import { readInsurances, readPeople } from './store.ts'
import type { AskedBy, PersonId } from './types.ts'

/** Why two rows are taken for one person; the evidence itself stays where the reference points. */
export const MERGE_REASONS = ['documents-seen', 'person-confirmed', 'hospital-confirmed', 'data-entry'] as const
export const UNMERGE_REASONS = ['wrong-merge', 'court', 'person-objected'] as const

type Officer = AskedBy & { readonly city: CityCode }

export interface MergeCommand {
  readonly survivorId: string
  readonly absorbedId: string
  readonly reason: (typeof MERGE_REASONS)[number]
  readonly evidenceRef?: string | undefined
  readonly by: Officer
}

/**
 * Makes two persons one: from now on the survivor answers for both, with everything that stands with either. Nothing is
 * moved, so that an unmerge restores exactly. Every reason against it is told at once.
 *
 * @throws `people.not-found` where one is not there, or neither has to do with the city; `people.merge-refused`
 */
export async function mergePeople(deps: Pick<Deps, 'clock'>, tx: Tx, command: MergeCommand): Promise<MergeRow> {
  const { by, reason } = command
  const survivorId = command.survivorId as PersonId
  const absorbedId = command.absorbedId as PersonId
  checkReference(command.evidenceRef)
  await lockMerges(tx, 'change')
  const survivors = await readGroup(tx, survivorId)
  const absorbed = await readGroup(tx, absorbedId)
  const group = [...new Set([...survivors, ...absorbed])]
  const cities = await concernedCities(tx, [survivorId, absorbedId], group)
  if (!cities.includes(by.city)) throw peopleError('not-found')

  const against: FieldError[] = []
  if (survivors[0] === absorbed[0]) {
    // The second of two merges that would close a circle: 甲 into 乙 into 甲.
    against.push({ pointer: '', detail: 'are one person already' })
  } else {
    for (const [id, root, pointer] of [
      [survivorId, survivors[0], '/survivorId'],
      [absorbedId, absorbed[0], '/absorbedId'],
    ] as const) {
      if (root !== id) against.push({ pointer, detail: 'was merged already: name the person that answers for it' })
    }
    const day = sharedDay(await readInsurances(tx, survivors), await readInsurances(tx, absorbed))
    if (day !== undefined) {
      against.push({ pointer: '/absorbedId', detail: `both have an insurance in force on ${day}` })
    }
  }
  if (against.length > 0) throw peopleError('merge-refused', { detail: 'Nothing was merged.', errors: against })

  const row: MergeRow = {
    mergeId: newId<'merge'>(),
    kind: 'merge',
    survivorId,
    absorbedId,
    undoes: null,
    reason,
    evidenceRef: command.evidenceRef ?? null,
    ...doneBy(by),
    cities,
    at: deps.clock.now(),
  }
  await insertMerge(tx, row)
  await absorb(tx, row)
  try {
    await setHolder(tx, absorbed, survivorId)
  } catch (error) {
    // Told by another transaction since the look above.
    if (violatedConstraint(error) !== 'people_insurance_one_a_day') throw error
    throw peopleError('merge-refused', {
      errors: [{ pointer: '/absorbedId', detail: 'both have an insurance in force on one day' }],
    })
  }
  await closePairsWithin(tx, group, { ...decision(row), mergeId: row.mergeId })
  await auditMerge(deps, tx, by, 'people.merge', row)
  forgetIds()
  return row
}

/**
 * Takes a merge back: the absorbed person answers for itself again, and for those that were merged into it before. What was
 * written since under either id stays with that id. The two do not come back as candidates.
 *
 * @throws `people.merge-not-found`, also where it does not concern the city; `people.merge-undone`
 */
export async function unmergePeople(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly mergeId: string
    readonly reason: (typeof UNMERGE_REASONS)[number]
    readonly evidenceRef?: string | undefined
    readonly by: Officer
  },
): Promise<MergeRow> {
  const { by, mergeId, reason } = command
  checkReference(command.evidenceRef)
  await lockMerges(tx, 'change')
  const merge = await readMerge(tx, mergeId)
  if (merge === undefined || merge.kind !== 'merge' || !merge.cities.includes(by.city)) {
    throw peopleError('merge-not-found')
  }
  const link = await readMergedRow(tx, merge.absorbedId)
  if (link?.mergeId !== mergeId) throw peopleError('merge-undone')

  const row: MergeRow = {
    ...merge,
    ...doneBy(by),
    mergeId: newId<'merge'>(),
    kind: 'unmerge',
    undoes: mergeId,
    reason,
    evidenceRef: command.evidenceRef ?? null,
    at: deps.clock.now(),
  }
  await insertMerge(tx, row)
  await release(tx, merge.absorbedId)
  await setHolder(tx, await readGroup(tx, merge.absorbedId), merge.absorbedId)
  await reopenPairs(tx, mergeId)
  const [lowId = merge.survivorId, highId = merge.absorbedId] = [merge.survivorId, merge.absorbedId].sort()
  await insertRejected(
    tx,
    {
      pairId: newId<'pair'>(),
      lowId,
      highId,
      points: 0,
      grade: 'possible',
      fields: [],
      policyVersion: 0,
      orgs: merge.cities,
      foundAt: row.at,
    },
    decision(row),
  )
  await auditMerge(deps, tx, by, 'people.unmerge', row)
  forgetIds()
  return row
}

/** Cities that have to do with one of the rows. */
async function concernedCities(tx: Tx, asked: readonly string[], group: readonly PersonId[]) {
  const known = await readPeople(tx, group)
  if (!asked.every((id) => known.some((row) => row.personId === id))) throw peopleError('not-found')
  const ties = [...(await readTies(tx, group)).values()].flatMap(concernedOrgs)
  return [...new Set(ties)].filter((org) => /^\d{6}$/.test(org)).sort()
}

/** References are stored and shown: a number of a document has no place in one. */
function checkReference(evidenceRef: string | undefined): void {
  if (evidenceRef === undefined || !looksPersonal(evidenceRef)) return
  throw peopleError('invalid', {
    errors: [{ pointer: '/evidenceRef', detail: 'looks like an identity or phone number' }],
  })
}

const doneBy = (by: Officer) => ({
  byClient: by.clientId,
  byOrg: by.org,
  city: by.city,
  requestId: by.requestId ?? null,
})

const decision = ({ byClient, byOrg, at, reason }: MergeRow) => ({ by: byClient, org: byOrg, at, reason })

/** An event for each side: either's log shows with whom it was one. */
async function auditMerge(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  by: AskedBy,
  action: string,
  row: MergeRow,
): Promise<void> {
  for (const personId of [row.survivorId, row.absorbedId]) {
    await auditPerson(deps, tx, by, {
      action,
      personId,
      purpose: 'registration',
      reasonCodes: [row.reason],
      fieldsTouched: ['identity'],
    })
  }
}
