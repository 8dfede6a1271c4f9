import { mask } from '../codes/index.ts'
import type { Keyring } from '../kernel/crypto/index.ts'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { readMasked } from './masked-people.ts'
import { readSurvivors } from './merged-store.ts'
import { openName } from './seal-person.ts'
import { readInsurances, readPeople } from './store.ts'
import type { AskedBy, MaskedPerson, PersonId } from './types.ts'

/**
 * A person, masked; for a row that was merged, the person that it is part of, with what stands with all its rows. The audit
 * event is committed before anything is shown.
 *
 * @throws `people.not-found`
 */
export async function readMaskedPerson(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  personId: string,
  ask: { readonly by: AskedBy; readonly action: string; readonly purpose: string },
): Promise<MaskedPerson> {
  const masked = (await readMasked(deps, deps.db, [personId])).get(personId)
  if (masked === undefined) throw peopleError('not-found')
  const { group, ...person } = masked
  await auditPerson(deps, deps.db, ask.by, { action: ask.action, personId: person.personId, purpose: ask.purpose })
  return { ...person, insurances: await readInsurances(deps.db, group) }
}

/**
 * Masked names of many people by the ids that were asked for, for slices that keep one beside their own data (a card). No
 * audit event: it discloses to nobody; the slice that shows the name writes one.
 */
export async function maskedNames(
  deps: { readonly keyring: Keyring },
  db: Db,
  personIds: readonly string[],
): Promise<ReadonlyMap<PersonId, string>> {
  const survivors = await readSurvivors(db, personIds)
  const rows = await readPeople(db, [...new Set(survivors.values())])
  const names = new Map(rows.map((row) => [row.personId, mask.name(openName(deps.keyring, row))]))
  return new Map(
    [...survivors].flatMap(([id, survivor]) => {
      const name = names.get(survivor)
      return name === undefined ? [] : [[id as PersonId, name]]
    }),
  )
}
