import type { Db } from '../kernel/db.ts'
import { readInsurancesAt } from './store.ts'
import type { Insurance, PersonId } from './types.ts'

/** The insurance of a person on a day (`YYYY-MM-DD`), or undefined where there is none. */
export async function insuranceAt(db: Db, personId: string, date: string): Promise<Insurance | undefined> {
  return (await insurancesAt(db, [personId], date)).get(personId as PersonId)
}

/** The same for many people in one statement; who has none is not in the map. */
export async function insurancesAt(
  db: Db,
  personIds: readonly string[],
  date: string,
): Promise<ReadonlyMap<PersonId, Insurance>> {
  const rows = await readInsurancesAt(db, personIds, date)
  return new Map(rows.map(({ personId, ...insurance }) => [personId, insurance]))
}
