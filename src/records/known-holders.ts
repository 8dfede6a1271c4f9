import type { Db } from '../kernel/db.ts'
import { idsOfPerson } from '../people/index.ts'
import { readLocator } from './locator-store.ts'

/** Institutions that know the person, or hold results of the person, as far as the hub has heard. */
export async function knownHolders(db: Db, personId: string): Promise<ReadonlySet<string>> {
  const known = await readLocator(db, await idsOfPerson(db, personId))
  return new Set(known.filter((one) => one.type !== null || one.linked).map((one) => one.institution))
}
