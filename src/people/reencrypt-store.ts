import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { IdentifierRow, PersonRow } from './store.ts'

export async function replaceNames(tx: Tx, rows: readonly PersonRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update people_person p set name_encrypted = n.name, phone_encrypted = n.phone
    from unnest(
      ${rows.map((row) => row.personId)}::uuid[],
      ${rows.map((row) => row.nameEncrypted)}::bytea[],
      ${rows.map((row) => row.phoneEncrypted)}::bytea[]
    ) n (person_id, name, phone)
    where p.person_id = n.person_id`.execute(tx)
}

export async function replaceValues(tx: Tx, rows: readonly IdentifierRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update people_identifier i set value_encrypted = n.value
    from unnest(${rows.map((row) => row.indexValue)}::bytea[], ${rows.map((row) => row.valueEncrypted)}::bytea[])
      n (index_value, value)
    where i.index_value = n.index_value`.execute(tx)
}

/** Removes rows under index keys that are gone, of identifiers that stand under the active one. */
export async function deleteOldIndexes(
  db: Db,
  keys: { readonly active: string; readonly live: readonly string[] },
  limit: number,
): Promise<number> {
  const done = await db
    .deleteFrom('people_identifier')
    .where('index_value', 'in', (eb) =>
      eb
        .selectFrom('people_identifier as old')
        .innerJoin('people_identifier as twin', (join) =>
          join.onRef('twin.person_id', '=', 'old.person_id').onRef('twin.identifier_id', '=', 'old.identifier_id'),
        )
        .select('old.index_value')
        .where('old.index_key_id', 'not in', [...keys.live])
        .where('twin.index_key_id', '=', keys.active)
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(done.numDeletedRows)
}
