import { blindIndex, decryptField, encryptField, type Keyring } from '../kernel/crypto/index.ts'
import { newId } from '../kernel/ids.ts'
import type { IdentifierRow, InsuranceRow, PersonRow } from './store.ts'
import type { NewPerson, PersonId } from './types.ts'

/** The rows of one person, with everything that names the person encrypted for its own place. */
export interface SealedPerson {
  readonly person: PersonRow
  readonly identifiers: readonly IdentifierRow[]
  readonly insurances: readonly InsuranceRow[]
}

export function sealPerson(keyring: Keyring, person: NewPerson): SealedPerson {
  const personId = newId<'person'>()
  const seal = (column: string, value: string) =>
    encryptField(keyring, value, { table: 'people_person', column, rowId: personId })
  return {
    person: {
      personId,
      nameEncrypted: seal('name_encrypted', person.name),
      phoneEncrypted: person.phone === undefined ? null : seal('phone_encrypted', person.phone),
      sex: person.sex,
      birthDate: person.birthDate,
      residenceDivision: person.residenceDivision ?? null,
    },
    identifiers: person.identifiers.map(({ type, value }) => {
      const identifierId = newId<'identifier'>()
      const index = blindIndex(keyring, { type, normalForm: value })
      return {
        indexValue: index.value,
        indexKeyId: index.keyId,
        identifierId,
        personId,
        type,
        valueEncrypted: encryptField(keyring, value, identifierPlace(identifierId)),
      }
    }),
    insurances: person.insurances.map((insurance) => ({ ...insurance, personId })),
  }
}

export function openName(keyring: Keyring, person: PersonRow): string {
  return openPersonField(keyring, person.personId, 'name_encrypted', person.nameEncrypted)
}

export function openPhone(keyring: Keyring, person: PersonRow): string | null {
  if (person.phoneEncrypted === null) return null
  return openPersonField(keyring, person.personId, 'phone_encrypted', person.phoneEncrypted)
}

export function openIdentifier(keyring: Keyring, row: IdentifierRow): string {
  return decryptField(keyring, row.valueEncrypted, identifierPlace(row.identifierId))
}

function openPersonField(keyring: Keyring, personId: PersonId, column: string, stored: Buffer): string {
  return decryptField(keyring, stored, { table: 'people_person', column, rowId: personId })
}

function identifierPlace(identifierId: string) {
  return { table: 'people_identifier', column: 'value_encrypted', rowId: identifierId }
}
