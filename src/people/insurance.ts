import type { Db } from '../kernel/db.ts'
import { readHeldInsurances, readIdentities, readInsurancesAt } from './insurance-store.ts'
import { readGroup } from './merged-store.ts'
import type { HeldInsurance, InsuranceOnDay, PersonId, SpecialIdentity } from './types.ts'

/** The insurance of a person that runs on a day (`YYYY-MM-DD`), suspended or not; undefined where there is none. */
export async function insuranceAt(db: Db, personId: string, date: string): Promise<InsuranceOnDay | undefined> {
  const last = (await insurancesAt(db, [personId], date)).get(personId as PersonId)
  return last?.status === '4' ? undefined : last
}

/**
 * What is known of the insurance of many people on a day, in one statement: the one that runs, with status 1, or 2 while it
 * is suspended; where none runs, the last one before, with status 4. Who never had one by that day is not in the map.
 */
export async function insurancesAt(
  db: Db,
  personIds: readonly string[],
  date: string,
): Promise<ReadonlyMap<PersonId, InsuranceOnDay>> {
  const rows = await readInsurancesAt(db, personIds, date)
  return new Map(rows.map(({ personId, ...insurance }) => [personId, insurance]))
}

/**
 * Everything about the insurance of a person (interface 1101): each insurance with its state on `date`, and the special
 * identities that cities have noted; the newest first.
 */
export async function insurancesOf(
  db: Db,
  personId: string,
  date: string,
): Promise<{ readonly insurances: readonly HeldInsurance[]; readonly identities: readonly SpecialIdentity[] }> {
  const group = await readGroup(db, personId)
  return {
    insurances: await readHeldInsurances(db, group, date),
    identities: await readIdentities(db, group),
  }
}
