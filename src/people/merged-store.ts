import { type RawBuilder, sql } from 'kysely'
import { type Db, PREPARED, type Tx } from '../kernel/db.ts'
import { plainArray } from '../kernel/pg-array.ts'
import type { PersonId } from './types.ts'

/** A row of `people_merged`: who stands for whom now. */
export interface MergedRow {
  readonly personId: PersonId
  readonly survivorId: PersonId
  readonly intoId: PersonId
  readonly mergeId: string
}

/** A row of the history. */
export interface MergeRow {
  readonly mergeId: string
  readonly kind: 'merge' | 'unmerge'
  readonly survivorId: PersonId
  readonly absorbedId: PersonId
  readonly undoes: string | null
  readonly reason: string
  readonly evidenceRef: string | null
  readonly byClient: string
  readonly byOrg: string
  readonly city: string
  readonly cities: readonly string[]
  readonly requestId: string | null
  readonly at: Date
}

/**
 * SQL: all ids of the person that a column of another slice's statement names, its own included. For statements that compare
 * what was told under the ids of a merged person.
 */
export function idsInSql(column: RawBuilder<string>): RawBuilder<readonly string[]> {
  const survivor = sql`coalesce((select s.survivor_id from people_merged s where s.person_id = ${column}), ${column})`
  return sql`array(
    select ${survivor} union all select g.person_id from people_merged g where g.survivor_id = ${survivor})`
}

/** The person who answers for each of these: itself, where nobody does. By primary key; the table is small. */
export async function readSurvivors(db: Db, personIds: readonly string[]): Promise<ReadonlyMap<string, PersonId>> {
  const rows =
    personIds.length === 0
      ? []
      : await db
          .selectFrom('people_merged')
          .select(['person_id as personId', 'survivor_id as survivorId'])
          .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
          .execute()
  const survivors = new Map(rows.map((row) => [row.personId, row.survivorId as PersonId]))
  return new Map(personIds.map((id) => [id, survivors.get(id) ?? (id as PersonId)]))
}

/**
 * Every row that is the same person as one of these, each asked id with the rows of its person: the surviving one first,
 * then the others in the order in which they were registered.
 */
export async function readGroups(
  db: Db,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, readonly PersonId[]>> {
  const survivors = await readSurvivors(db, personIds)
  const rows =
    personIds.length === 0
      ? []
      : await db
          .selectFrom('people_merged')
          .select(['person_id as personId', 'survivor_id as survivorId'])
          .where(sql<boolean>`survivor_id = any(${[...new Set(survivors.values())]}::uuid[])`)
          .orderBy('person_id')
          .execute()
  const absorbed = Map.groupBy(rows, (row) => row.survivorId)
  return new Map(
    [...survivors].map(([id, survivor]) => [
      id,
      [survivor, ...(absorbed.get(survivor) ?? []).map((row) => row.personId as PersonId)],
    ]),
  )
}

/** The rows of those of the persons that have more than one; one look-up by key for each. */
export async function readMergedGroups(
  db: Db,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, readonly PersonId[]>> {
  const { rows } = await sql<{ id: string; ids: readonly PersonId[] }>`${PREPARED}
    with asked as (
      select id, coalesce((select m.survivor_id from people_merged m where m.person_id = id), id) as survivor
      from unnest(${plainArray([...new Set(personIds)])}::uuid[]) id
    )
    select a.id, array[a.survivor] || array(
      select m.person_id from people_merged m where m.survivor_id = a.survivor order by m.person_id) as ids
    from asked a
    where exists (select from people_merged m where m.survivor_id = a.survivor)
  `.execute(db)
  return new Map(rows.map((row) => [row.id, row.ids]))
}

/** The rows of one person. */
export async function readGroup(db: Db, personId: string): Promise<readonly PersonId[]> {
  // One statement: each decision on access asks this.
  const rows = await db
    .selectFrom('people_merged')
    .select(['person_id as personId', 'survivor_id as survivorId'])
    .where(
      sql<boolean>`survivor_id = coalesce((select own.survivor_id from people_merged own where own.person_id = ${personId}), ${personId}::uuid)`,
    )
    .orderBy('person_id')
    .execute()
  const [first] = rows
  if (first === undefined) return [personId as PersonId]
  return [first.survivorId as PersonId, ...rows.map((row) => row.personId as PersonId)]
}

/**
 * One merge or unmerge at a time, and none while an insurance is told: both change who holds what. They are rare and
 * short, so one lock for all is cheaper than an order of locks that several places must keep.
 */
export async function lockMerges(tx: Tx, mode: 'change' | 'keep'): Promise<void> {
  const lock = mode === 'change' ? sql`pg_advisory_xact_lock` : sql`pg_advisory_xact_lock_shared`
  await sql`select ${lock}(hashtextextended('people.merge', 0))`.execute(tx)
}

export async function insertMerge(tx: Tx, row: MergeRow): Promise<void> {
  await tx
    .insertInto('people_merge')
    .values({
      merge_id: row.mergeId,
      kind: row.kind,
      survivor_id: row.survivorId,
      absorbed_id: row.absorbedId,
      undoes: row.undoes,
      reason: row.reason,
      evidence_ref: row.evidenceRef,
      by_client: row.byClient,
      by_org: row.byOrg,
      city: row.city,
      cities: [...row.cities],
      request_id: row.requestId,
      at: row.at,
    })
    .execute()
}

/** Puts one person and all that it stands for under another. */
export async function absorb(
  tx: Tx,
  of: { readonly absorbedId: PersonId; readonly survivorId: PersonId; readonly mergeId: string },
): Promise<void> {
  await tx
    .updateTable('people_merged')
    .set({ survivor_id: of.survivorId })
    .where('survivor_id', '=', of.absorbedId)
    .execute()
  await tx
    .insertInto('people_merged')
    .values({
      person_id: of.absorbedId,
      survivor_id: of.survivorId,
      into_id: of.survivorId,
      merge_id: of.mergeId,
    })
    .execute()
}

/** Takes one link of the chain away: what was under it before the merge is under it again, and nothing else. */
export async function release(tx: Tx, personId: PersonId): Promise<void> {
  await tx.deleteFrom('people_merged').where('person_id', '=', personId).execute()
  await sql`
    with recursive under as (
      select person_id from people_merged where into_id = ${personId}
      union
      select m.person_id from people_merged m join under u on m.into_id = u.person_id
    )
    update people_merged m set survivor_id = ${personId} from under u where m.person_id = u.person_id`.execute(tx)
}

/**
 * Writes down who holds the insurances of a group now. The exclusion constraint sees the holder: it refuses where two rows
 * of the group share a day.
 */
export async function setHolder(tx: Tx, group: readonly PersonId[], holder: PersonId): Promise<void> {
  await tx
    .updateTable('people_insurance')
    .set({ holder_id: sql<string | null>`nullif(${holder}::uuid, person_id)` })
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .execute()
}

export async function readMergedRow(db: Db, personId: string): Promise<MergedRow | undefined> {
  const row = await db
    .selectFrom('people_merged')
    .select(['person_id as personId', 'survivor_id as survivorId', 'into_id as intoId', 'merge_id as mergeId'])
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row as MergedRow | undefined
}

export async function readMerge(db: Db, mergeId: string): Promise<MergeRow | undefined> {
  const row = await historyColumns(db).where('merge_id', '=', mergeId).executeTakeFirst()
  return row === undefined ? undefined : toMerge(row)
}

/** A page of the history. Ids are in the order of time. */
export interface HistoryPage {
  /** What concerns this city. */
  readonly city: string
  readonly before: string | undefined
  readonly limit: number
}

/** What was done to any of these people, the newest first. */
export async function readHistoryOf(
  db: Db,
  personIds: readonly string[],
  page: HistoryPage,
): Promise<readonly MergeRow[]> {
  const query = pageOf(db, page).where(
    sql<boolean>`(survivor_id = any(${personIds}::uuid[]) or absorbed_id = any(${personIds}::uuid[]))`,
  )
  return (await query.execute()).map(toMerge)
}

/** What was done to anybody, the newest first. */
export async function readHistoryIn(db: Db, page: HistoryPage): Promise<readonly MergeRow[]> {
  return (await pageOf(db, page).execute()).map(toMerge)
}

function pageOf(db: Db, page: HistoryPage) {
  const query = historyColumns(db)
    .where(sql<boolean>`cities @> array[${page.city}]::text[]`)
    .orderBy('merge_id', 'desc')
    .limit(page.limit)
  return page.before === undefined ? query : query.where('merge_id', '<', page.before)
}

function historyColumns(db: Db) {
  return db
    .selectFrom('people_merge')
    .select([
      'merge_id as mergeId',
      'kind',
      'survivor_id as survivorId',
      'absorbed_id as absorbedId',
      'undoes',
      'reason',
      'evidence_ref as evidenceRef',
      'by_client as byClient',
      'by_org as byOrg',
      'city',
      'cities',
      'request_id as requestId',
      'at',
    ])
}

function toMerge<Row extends { kind: string; survivorId: string; absorbedId: string }>(row: Row) {
  return {
    ...row,
    kind: row.kind as MergeRow['kind'],
    survivorId: row.survivorId as PersonId,
    absorbedId: row.absorbedId as PersonId,
  }
}
