import { mask } from '../codes/index.ts'
import type { Keyring } from '../kernel/crypto/index.ts'
import type { Db } from '../kernel/db.ts'
import { readGroups } from './merged-store.ts'
import { maskIdentifier } from './rules.ts'
import { openIdentifier, openName, openPhone } from './seal-person.ts'
import { readIdentifiers, readPeople } from './store.ts'
import type { MaskedPerson, PersonId } from './types.ts'

export interface MaskedDetails extends Omit<MaskedPerson, 'insurances'> {
  /** The rows of the person, the surviving one first. */
  readonly group: readonly PersonId[]
}

/**
 * People as others may see them, by the ids that were asked for; a merged row shows as the person that it is part of. It
 * audits nothing: the verb that shows somebody does, before it does.
 */
export async function readMasked(
  { keyring }: { readonly keyring: Keyring },
  db: Db,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, MaskedDetails>> {
  const groups = await readGroups(db, personIds)
  const survivors = [...new Set([...groups.values()].map(([survivor]) => survivor as PersonId))]
  const rows = new Map((await readPeople(db, survivors)).map((row) => [row.personId, row]))
  const members = [...new Set([...groups.values()].flat())]
  const identifiers = Map.groupBy(await readIdentifiers(db, members), (one) => one.personId)
  return new Map(
    [...groups].flatMap(([id, group]) => {
      const row = rows.get(group[0] as PersonId)
      if (row === undefined) return []
      const phone = openPhone(keyring, row)
      const person: MaskedDetails = {
        group,
        personId: row.personId,
        maskedName: mask.name(openName(keyring, row)),
        sex: row.sex,
        maskedBirthDate: mask.birthDate(row.birthDate),
        maskedPhone: phone === null ? null : mask.phone(phone),
        residenceDivision: row.residenceDivision,
        identifiers: group
          .flatMap((member) => identifiers.get(member) ?? [])
          .map((one) => ({
            type: one.type,
            masked: maskIdentifier({ type: one.type, value: openIdentifier(keyring, one) }),
          })),
      }
      return [[id, person]]
    }),
  )
}
