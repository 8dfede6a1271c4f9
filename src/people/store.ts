import { sql } from 'kysely'
import type { CityCode, Sex } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Part } from '../kernel/part.ts'
import { MATCH_RULES } from './match-keys.ts'
import { readSurvivors } from './merged-store.ts'
import { THEIR_IDS } from './read-of-person.ts'
import type { IdentifierType, Insurance, Insutype, PersonId } from './types.ts'

export interface IdentifierRow {
  readonly indexValue: Buffer
  readonly indexKeyId: string
  readonly identifierId: string
  readonly personId: PersonId
  readonly type: IdentifierType
  readonly valueEncrypted: Buffer
}

export interface PersonRow {
  readonly personId: PersonId
  readonly nameEncrypted: Buffer
  readonly phoneEncrypted: Buffer | null
  readonly sex: Sex
  readonly birthDate: string
  readonly residenceDivision: string | null
}

export interface InsuranceRow extends Insurance {
  readonly personId: PersonId
  /** Who answers for the person, where that is somebody else. */
  readonly holderId?: PersonId | null
}

/**
 * Claims identifiers and returns the index values that were free. A claim that meets another transaction's waits for
 * its end: of parallel registrations one gets the row, the others see its person.
 */
export async function claimIdentifiers(tx: Tx, rows: readonly IdentifierRow[], at: Date): Promise<readonly Buffer[]> {
  const claimed = await tx
    .insertInto('people_identifier')
    .values(
      // In one order everywhere, so that two registrations with the same identifiers do not lock each other out.
      rows
        .toSorted((a, b) => Buffer.compare(a.indexValue, b.indexValue))
        .map((row) => ({
          index_value: row.indexValue,
          index_key_id: row.indexKeyId,
          identifier_id: row.identifierId,
          person_id: row.personId,
          type: row.type,
          value_encrypted: row.valueEncrypted,
          registered_at: at,
        })),
    )
    .onConflict((conflict) => conflict.column('index_value').doNothing())
    .returning('index_value as indexValue')
    .execute()
  return claimed.map((row) => row.indexValue)
}

/** The owner of each index value that has one, by the value in hex. */
export async function readOwners(db: Db, indexValues: readonly Buffer[]): Promise<ReadonlyMap<string, PersonId>> {
  const rows = await db
    .selectFrom('people_identifier')
    .select(['index_value as indexValue', 'person_id as personId'])
    .where('index_value', 'in', [...indexValues])
    .execute()
  return new Map(rows.map((row) => [row.indexValue.toString('hex'), row.personId as PersonId]))
}

/** Persons that own one of the index values, each once; where their rows were merged, the one that answers for them. */
export async function findOwners(db: Db, indexValues: readonly Buffer[]): Promise<readonly PersonId[]> {
  const owners = new Set((await readOwners(db, indexValues)).values())
  return [...new Set((await readSurvivors(db, [...owners])).values())]
}

/** Writes people who get their match keys in the same transaction. */
export async function insertPeople(
  tx: Tx,
  rows: readonly PersonRow[],
  meta: { readonly by: string; readonly org: string; readonly at: Date },
): Promise<void> {
  await tx
    .insertInto('people_person')
    .values(
      rows.map((row) => ({
        person_id: row.personId,
        name_encrypted: row.nameEncrypted,
        phone_encrypted: row.phoneEncrypted,
        sex: row.sex,
        birth_date: row.birthDate,
        residence_division: row.residenceDivision,
        registered_by: meta.by,
        registered_org: meta.org,
        registered_at: meta.at,
        match_rules: MATCH_RULES,
      })),
    )
    .execute()
}

export async function insertInsurances(tx: Tx, rows: readonly InsuranceRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('people_insurance')
    .values(
      rows.map((row) => ({
        person_id: row.personId,
        insured_city: row.insuredCity,
        insutype: row.insutype,
        psn_type: row.psnType,
        from_date: row.from,
        to_date: row.to,
        holder_id: row.holderId ?? null,
      })),
    )
    .execute()
}

export async function readPeople(db: Db, personIds: readonly string[]): Promise<readonly PersonRow[]> {
  if (personIds.length === 0) return []
  const rows = await personColumns(db)
    .where('person_id', 'in', [...personIds])
    .execute()
  return rows.map(toPerson)
}

/** The next people in the order of their ids. */
export async function readPeopleAfter(db: Db, after: PersonId | null, limit: number): Promise<readonly PersonRow[]> {
  let query = personColumns(db).orderBy('person_id').limit(limit)
  if (after !== null) query = query.where('person_id', '>', after)
  return (await query.execute()).map(toPerson)
}

function personColumns(db: Db) {
  return db
    .selectFrom('people_person')
    .select([
      'person_id as personId',
      'name_encrypted as nameEncrypted',
      'phone_encrypted as phoneEncrypted',
      'sex',
      'birth_date as birthDate',
      'residence_division as residenceDivision',
    ])
}

function toPerson<Row extends { personId: string; sex: string }>(row: Row) {
  return { ...row, personId: row.personId as PersonId, sex: row.sex as Sex }
}

/**
 * The identifiers of people, each once, whatever number of index keys it stands under; in the order of the people that
 * were given.
 */
export async function readIdentifiers(db: Db, personIds: readonly string[]): Promise<readonly IdentifierRow[]> {
  const rows = await readIndexRows(db, personIds)
  const once = [...new Map(rows.toReversed().map((row) => [row.identifierId, row])).values()].toReversed()
  const place = new Map(personIds.map((id, at) => [id, at]))
  return once.toSorted((a, b) => (place.get(a.personId) ?? 0) - (place.get(b.personId) ?? 0))
}

/** What is needed of an identifier to open it. */
export type SealedIdentifier = Pick<IdentifierRow, 'identifierId' | 'type' | 'valueEncrypted'>

/** The identifiers of one person as a part of a larger statement; in the order of `readIdentifiers`. */
export const IDENTIFIERS_PART: Part<readonly SealedIdentifier[]> = {
  expression: sql`select json_agg(json_build_array(identifier_id, type, encode(value_encrypted, 'base64'))
      order by array_position(${THEIR_IDS}, person_id), registered_at, type)
    from people_identifier where person_id = any(${THEIR_IDS})`,
  read: (value) =>
    ((value ?? []) as readonly [string, IdentifierType, string][]).map(([identifierId, type, sealed]) => ({
      identifierId,
      type,
      valueEncrypted: Buffer.from(sealed, 'base64'),
    })),
}

/** Every row of the identifiers of people: one for each index key that they stand under. */
export async function readIndexRows(db: Db, personIds: readonly string[]): Promise<readonly IdentifierRow[]> {
  const rows = await db
    .selectFrom('people_identifier')
    .select([
      'index_value as indexValue',
      'index_key_id as indexKeyId',
      'identifier_id as identifierId',
      'person_id as personId',
      'type',
      'value_encrypted as valueEncrypted',
    ])
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .orderBy('registered_at')
    .orderBy('type')
    .execute()
  return rows.map((row) => ({ ...row, personId: row.personId as PersonId, type: row.type as IdentifierType }))
}

/** Takes back claims for people that are not made after all. */
export async function releaseIdentifiers(tx: Tx, personIds: readonly PersonId[]): Promise<void> {
  if (personIds.length === 0) return
  await tx.deleteFrom('people_identifier').where(sql<boolean>`person_id = any(${personIds}::uuid[])`).execute()
}

/** All insurance of the rows of one person, the newest first. */
export async function readInsurances(db: Db, group: readonly string[]): Promise<readonly Insurance[]> {
  const rows = await insuranceColumns(db)
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .orderBy('from_date', 'desc')
    .execute()
  return rows.map(toInsurance)
}

function insuranceColumns(db: Db) {
  return db
    .selectFrom('people_insurance')
    .select([
      'person_id as personId',
      'insured_city as insuredCity',
      'insutype',
      'psn_type as psnType',
      'from_date as from',
      'to_date as to',
    ])
}

function toInsurance(row: {
  insuredCity: string
  insutype: string
  psnType: string
  from: string
  to: string | null
}): Insurance {
  const { psnType, from, to } = row
  return { insuredCity: row.insuredCity as CityCode, insutype: row.insutype as Insutype, psnType, from, to }
}

/** Which of these people there are. */
export async function readKnownPeople(db: Db, personIds: readonly string[]): Promise<ReadonlySet<PersonId>> {
  if (personIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('people_person')
    .select('person_id as personId')
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .execute()
  return new Set(rows.map((row) => row.personId as PersonId))
}
