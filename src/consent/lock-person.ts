import type { Tx } from '../kernel/db.ts'
import { idsOfPerson } from '../people/index.ts'
import { lockConsents } from './consent-store.ts'

/**
 * What is said about one person follows one order, under whatever id: the numbers of it are drawn under this lock, which ends
 * with the commit.
 *
 * @returns all ids of the person
 */
export async function lockPerson(tx: Tx, personId: string): Promise<readonly string[]> {
  const personIds = await idsOfPerson(tx, personId)
  await lockConsents(tx, personIds[0] ?? personId)
  return personIds
}
