import type { Db } from '../kernel/db.ts'
import { idsOfPerson } from '../people/index.ts'
import { type LatestDecision, readLatest } from './store.ts'

/** The newest state of all that was decided on a person's results, also of those decided on before people were merged. */
export async function decisionsOfPerson(db: Db, personId: string): Promise<readonly LatestDecision[]> {
  const ids = await idsOfPerson(db, personId)
  return await readLatest(db, ids.length === 0 ? [personId] : ids)
}
