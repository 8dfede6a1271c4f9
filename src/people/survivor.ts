import type { Db } from '../kernel/db.ts'
import { readSurvivors } from './merged-store.ts'
import type { PersonId } from './types.ts'

/**
 * The person who answers for a person id now: itself, or the one that it was merged into, at the end of the chain. An id
 * that nobody has is returned as it is.
 */
export async function survivorOf(db: Db, personId: string): Promise<PersonId> {
  return (await readSurvivors(db, [personId])).get(personId) ?? (personId as PersonId)
}

/** The same for many people in one statement; every asked id is in the map. */
export async function survivorsOf(db: Db, personIds: readonly string[]): Promise<ReadonlyMap<string, PersonId>> {
  return await readSurvivors(db, personIds)
}
