import { mask } from '../codes/index.ts'
import type { Keyring } from '../kernel/crypto/index.ts'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { maskIdentifier } from './rules.ts'
import { openIdentifier, openName, openPhone } from './seal-person.ts'
import { readIdentifiers, readInsurances, readPeople } from './store.ts'
import type { AskedBy, MaskedPerson, PersonId } from './types.ts'

/** A person, masked. The audit event is committed before anything is shown. @throws `people.not-found` */
export async function readMaskedPerson(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  personId: string,
  ask: { readonly by: AskedBy; readonly action: string; readonly purpose: string },
): Promise<MaskedPerson> {
  const [row] = await readPeople(deps.db, [personId])
  if (row === undefined) throw peopleError('not-found')
  await auditPerson(deps, deps.db, ask.by, { action: ask.action, personId, purpose: ask.purpose })
  const identifiers = await readIdentifiers(deps.db, personId)
  const phone = openPhone(deps.keyring, row)
  return {
    personId: row.personId,
    maskedName: mask.name(openName(deps.keyring, row)),
    sex: row.sex,
    maskedBirthDate: mask.birthDate(row.birthDate),
    maskedPhone: phone === null ? null : mask.phone(phone),
    residenceDivision: row.residenceDivision,
    identifiers: identifiers.map((one) => ({
      type: one.type,
      masked: maskIdentifier({ type: one.type, value: openIdentifier(deps.keyring, one) }),
    })),
    insurances: await readInsurances(deps.db, personId),
  }
}

/**
 * Masked names of many people, for slices that keep one beside their own data (a card). No audit event: it discloses
 * to nobody; the slice that shows the name writes one.
 */
export async function maskedNames(
  deps: { readonly keyring: Keyring },
  db: Db,
  personIds: readonly string[],
): Promise<ReadonlyMap<PersonId, string>> {
  const rows = await readPeople(db, personIds)
  return new Map(rows.map((row) => [row.personId, mask.name(openName(deps.keyring, row))]))
}
