import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { PersonId } from './types.ts'

export interface LocalSystem {
  readonly system: string
  readonly institution: string
  readonly shared: boolean
}

/** A number of a hospital's own, as it stands for a person. */
export interface LocalId {
  readonly system: string
  readonly value: string
}

export interface LocalIdRow extends LocalId {
  readonly personId: PersonId
  readonly institution: string
}

/** Claims a name space for an institution; false where it is another's. The key of the table decides. */
export async function claimSystem(
  tx: Tx,
  system: LocalSystem,
  meta: { readonly by: string; readonly at: Date; readonly changeShared: boolean },
): Promise<boolean> {
  const row = await tx
    .insertInto('people_local_system')
    .values({ ...system, registered_by: meta.by, registered_at: meta.at })
    .onConflict((conflict) =>
      conflict
        .column('system')
        .doUpdateSet((eb) => ({ shared: meta.changeShared ? system.shared : eb.ref('people_local_system.shared') }))
        .where('people_local_system.institution', '=', system.institution),
    )
    .returning('institution')
    .executeTakeFirst()
  return row !== undefined
}

export async function readSystems(db: Db, systems: readonly string[]): Promise<readonly LocalSystem[]> {
  if (systems.length === 0) return []
  return await db
    .selectFrom('people_local_system')
    .select(['system', 'institution', 'shared'])
    .where('system', 'in', [...systems])
    .execute()
}

export async function readSystemsOf(db: Db, institution: string): Promise<readonly LocalSystem[]> {
  return await db
    .selectFrom('people_local_system')
    .select(['system', 'institution', 'shared'])
    .where('institution', '=', institution)
    .orderBy('system')
    .execute()
}

/** Links a number to a person, or returns whom it is linked to: the unique key decides between parallel tellers. */
export async function insertLocalId(
  tx: Tx,
  row: LocalIdRow & { readonly linkId: string },
  meta: { readonly by: string; readonly at: Date },
): Promise<'linked' | PersonId> {
  const inserted = await tx
    .insertInto('people_local_id')
    .values({
      person_id: row.personId,
      link_id: row.linkId,
      institution: row.institution,
      system: row.system,
      value: row.value,
      told_by: meta.by,
      told_at: meta.at,
    })
    .onConflict((conflict) =>
      conflict.columns(['institution', 'system', 'value']).where('ended_at', 'is', null).doNothing(),
    )
    .returning('link_id')
    .executeTakeFirst()
  if (inserted !== undefined) return 'linked'
  const holder = (await readLocalHolders(tx, row.institution, [row]))[0]
  // Ended between the two statements: the number is free now.
  return holder?.personId ?? (await insertLocalId(tx, row, meta))
}

/** Ends a link; the row stays. Returns whose it was. */
export async function endLocalId(
  tx: Tx,
  of: LocalId & { readonly institution: string },
  end: { readonly by: string; readonly at: Date; readonly reason: string },
): Promise<PersonId | undefined> {
  const row = await tx
    .updateTable('people_local_id')
    .set({ ended_at: end.at, ended_by: end.by, end_reason: end.reason })
    .where('institution', '=', of.institution)
    .where('system', '=', of.system)
    .where('value', '=', of.value)
    .where('ended_at', 'is', null)
    .returning('person_id as personId')
    .executeTakeFirst()
  return row?.personId as PersonId | undefined
}

/** Who stands behind an institution's numbers; one statement, by the unique key. */
export async function readLocalHolders(
  db: Db,
  institution: string,
  ids: readonly LocalId[],
): Promise<readonly LocalIdRow[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<LocalIdRow>`
    select l.person_id as "personId", l.institution, l.system, l.value
    from unnest(${ids.map((id) => id.system)}::text[], ${ids.map((id) => id.value)}::text[]) asked (system, value)
    join people_local_id l on l.institution = ${institution} and l.system = asked.system and l.value = asked.value
      and l.ended_at is null`.execute(db)
  return rows
}

/** The numbers that stand for the rows of a person in some name spaces. */
export async function readLocalIds(
  db: Db,
  group: readonly PersonId[],
  systems: readonly string[],
): Promise<readonly LocalIdRow[]> {
  if (group.length === 0 || systems.length === 0) return []
  const rows = await db
    .selectFrom('people_local_id')
    .select(['person_id as personId', 'institution', 'system', 'value'])
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .where('system', 'in', [...systems])
    .where('ended_at', 'is', null)
    .orderBy('system')
    .orderBy('value')
    .execute()
  return rows.map((row) => ({ ...row, personId: row.personId as PersonId }))
}
