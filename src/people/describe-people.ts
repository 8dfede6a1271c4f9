import type { Keyring } from '../kernel/crypto/index.ts'
import type { Described } from './match-types.ts'
import { openIdentifier, openName, openPhone } from './seal-person.ts'
import type { IdentifierRow, PersonRow } from './store.ts'

/** What is registered of people, in clear and in this process only, for a comparison. */
export function describePeople(
  keyring: Keyring,
  people: readonly PersonRow[],
  identifiers: readonly IdentifierRow[],
): ReadonlyMap<string, Described> {
  const byPerson = Map.groupBy(identifiers, (row) => row.personId)
  return new Map(
    people.map((row) => [
      row.personId,
      {
        name: openName(keyring, row),
        birthDate: row.birthDate,
        sex: row.sex,
        phone: openPhone(keyring, row) ?? undefined,
        identifiers: (byPerson.get(row.personId) ?? []).map((one) => ({
          type: one.type,
          value: openIdentifier(keyring, one),
        })),
      },
    ]),
  )
}
