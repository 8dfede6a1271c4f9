import type { Db } from '../kernel/db.ts'
import { readGroup, readMergedGroups } from './merged-store.ts'
import type { PersonId } from './types.ts'

/** How long an answer is good: one search asks for the same person several times, and all of that is over sooner. */
const FOR_MS = 200
const MOST = 2_000

interface Kept {
  readonly untilMs: number
  readonly ids: Promise<readonly PersonId[]>
}

let keptOf = new WeakMap<Db, Map<string, Kept>>()

/**
 * Every id of a person, the surviving one first. What was read a moment ago counts: a merge by another process is known
 * within a fifth of a second, one by this process at once. Inside a transaction it is always read.
 */
export async function idsOfPerson(db: Db, personId: string): Promise<readonly PersonId[]> {
  if (db.isTransaction) return await readGroup(db, personId)
  let kept = keptOf.get(db)
  if (kept === undefined || kept.size > MOST) {
    kept = new Map()
    keptOf.set(db, kept)
  }
  const nowMs = performance.now()
  const known = kept.get(personId)
  if (known !== undefined && known.untilMs > nowMs) return await known.ids
  const ids = readGroup(db, personId)
  kept.set(personId, { untilMs: nowMs + FOR_MS, ids })
  try {
    return await ids
  } catch (error) {
    // A failed look is nobody's answer.
    kept.delete(personId)
    throw error
  }
}

/** The same for many people in one statement, always read; who was never merged is not in the map. */
export async function idsOfPeople(
  db: Db,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, readonly PersonId[]>> {
  return await readMergedGroups(db, personIds)
}

/** With a merge or unmerge of this process, and once more after its commit: a look in between saw what was before. */
export function forgetIds(): void {
  keptOf = new WeakMap()
}
