import {
  blindIndexes,
  decryptField,
  encryptField,
  type Keyring,
  needsReencryption,
  reencryptField,
} from '../kernel/crypto/index.ts'
import { newId } from '../kernel/ids.ts'
import { type MatchKey, matchKeysOf } from './match-keys.ts'
import type { IdentifierRow, InsuranceRow, PersonRow, SealedIdentifier } from './store.ts'
import type { NewPerson, PersonId } from './types.ts'

/** The rows of one person, with everything that names the person encrypted for its own place. */
export interface SealedPerson {
  readonly person: PersonRow
  readonly identifiers: readonly IdentifierRow[]
  readonly insurances: readonly InsuranceRow[]
  /** By which a candidate search finds the person. */
  readonly matchKeys: readonly MatchKey[]
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
    identifiers: person.identifiers.flatMap(({ type, value }) => {
      const identifierId = newId<'identifier'>()
      const valueEncrypted = encryptField(keyring, value, identifierPlace(identifierId))
      return indexRows(keyring, { identifierId, personId, type, valueEncrypted }, value)
    }),
    insurances: person.insurances.map((insurance) => ({ ...insurance, personId })),
    matchKeys: matchKeysOf(keyring, person),
  }
}

/**
 * One row for each live index key. While the index key is changed, one process writes under the old key and another under
 * the new one: they meet at the unique key of the index that both of them claim.
 */
function indexRows(
  keyring: Keyring,
  identifier: Omit<IdentifierRow, 'indexValue' | 'indexKeyId'>,
  value: string,
): readonly IdentifierRow[] {
  return blindIndexes(keyring, { type: identifier.type, normalForm: value }).map((index) => ({
    ...identifier,
    indexValue: index.value,
    indexKeyId: index.keyId,
  }))
}

/** The person's row under the active field key; undefined where it is so already. */
export function resealPerson(keyring: Keyring, row: PersonRow): PersonRow | undefined {
  const { nameEncrypted, phoneEncrypted, personId } = row
  const stale = [nameEncrypted, phoneEncrypted].some((stored) => stored !== null && needsReencryption(keyring, stored))
  if (!stale) return undefined
  const reseal = (column: string, stored: Buffer) =>
    reencryptField(keyring, stored, { table: 'people_person', column, rowId: personId })
  return {
    ...row,
    nameEncrypted: reseal('name_encrypted', nameEncrypted),
    phoneEncrypted: phoneEncrypted === null ? null : reseal('phone_encrypted', phoneEncrypted),
  }
}

/** The same for a row of an identifier. */
export function resealIdentifier(keyring: Keyring, row: IdentifierRow): IdentifierRow | undefined {
  if (!needsReencryption(keyring, row.valueEncrypted)) return undefined
  return { ...row, valueEncrypted: reencryptField(keyring, row.valueEncrypted, identifierPlace(row.identifierId)) }
}

/** The rows that an identifier lacks for the live index keys, from the rows that it has. */
export function missingIndexRows(keyring: Keyring, rows: readonly IdentifierRow[]): readonly IdentifierRow[] {
  const [row] = rows
  const present = new Set(rows.map((one) => one.indexKeyId))
  if (row === undefined || [...keyring.index.byId.keys()].every((id) => present.has(id))) return []
  const value = openIdentifier(keyring, row)
  const valueEncrypted = encryptField(keyring, value, identifierPlace(row.identifierId))
  return indexRows(keyring, { ...row, valueEncrypted }, value).filter((one) => !present.has(one.indexKeyId))
}

export function openName(keyring: Keyring, person: PersonRow): string {
  return openPersonField(keyring, person.personId, 'name_encrypted', person.nameEncrypted)
}

export function openPhone(keyring: Keyring, person: PersonRow): string | null {
  if (person.phoneEncrypted === null) return null
  return openPersonField(keyring, person.personId, 'phone_encrypted', person.phoneEncrypted)
}

export function openIdentifier(keyring: Keyring, row: SealedIdentifier): string {
  return decryptField(keyring, row.valueEncrypted, identifierPlace(row.identifierId))
}

function openPersonField(keyring: Keyring, personId: PersonId, column: string, stored: Buffer): string {
  return decryptField(keyring, stored, { table: 'people_person', column, rowId: personId })
}

function identifierPlace(identifierId: string) {
  return { table: 'people_identifier', column: 'value_encrypted', rowId: identifierId }
}
