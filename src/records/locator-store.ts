import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'

/** One thing the locator knows about a person: that an institution knows the person or not, or that it holds a type. */
export interface LocatorRow {
  readonly institution: string
  /** The type that it holds; null: whether it knows the person at all. */
  readonly type: string | null
  readonly linked: boolean
  readonly seenAt: Date
}

export interface LinkRow {
  readonly institution: string
  readonly linked: boolean
  readonly seenAt: Date
}

/** How the locator came to know: by a notice, by a message that passed through, by the answer to a search. */
export type LearntFrom = 'notice' | 'message' | 'search'

export interface HoldingRow {
  readonly personId: string
  readonly institution: string
  readonly type: string
  readonly learntFrom: LearntFrom
  readonly seenAt: Date
}

/** All that is known about one person, under all ids of a merged one, in one statement over two primary keys. */
export async function readLocator(db: Db, personIds: readonly string[]): Promise<readonly LocatorRow[]> {
  const { rows } = await sql<LocatorRow>`
    select institution, null as type, linked, seen_at as "seenAt"
    from records_locator where person_id = any(${personIds}::uuid[])
    union all
    select institution, resource_type, true, seen_at
    from records_holding where person_id = any(${personIds}::uuid[])`.execute(db)
  return rows
}

/** Newer knowledge wins, whichever of two searches ends last. */
export async function saveLinks(db: Db, personId: string, rows: readonly LinkRow[]): Promise<void> {
  if (rows.length === 0) return
  await db
    .insertInto('records_locator')
    .values(
      rows.map((row) => ({
        person_id: personId,
        institution: row.institution,
        linked: row.linked,
        seen_at: row.seenAt,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['person_id', 'institution'])
        .doUpdateSet((eb) => ({ linked: eb.ref('excluded.linked'), seen_at: eb.ref('excluded.seen_at') }))
        .whereRef('excluded.seen_at', '>=', 'records_locator.seen_at'),
    )
    .execute()
}

/**
 * One statement for any number of rows, which come in key order and each key once: two writers of overlapping batches
 * then lock in the same order. What is known from a later moment stays.
 */
export async function upsertHoldings(db: Db, rows: readonly HoldingRow[]): Promise<void> {
  await sql`
    insert into records_holding as known (person_id, institution, resource_type, learnt_from, first_seen_at, seen_at)
    select person_id, institution, resource_type, learnt_from, seen_at, seen_at
    from unnest(
      ${rows.map((row) => row.personId)}::uuid[],
      ${rows.map((row) => row.institution)}::text[],
      ${rows.map((row) => row.type)}::text[],
      ${rows.map((row) => row.learntFrom)}::text[],
      ${rows.map((row) => row.seenAt)}::timestamptz[]
    ) as new (person_id, institution, resource_type, learnt_from, seen_at)
    on conflict (person_id, institution, resource_type) do update set
      first_seen_at = least(known.first_seen_at, excluded.first_seen_at),
      learnt_from = case when excluded.seen_at > known.seen_at then excluded.learnt_from else known.learnt_from end,
      seen_at = greatest(known.seen_at, excluded.seen_at)
    where excluded.seen_at > known.seen_at or excluded.first_seen_at < known.first_seen_at`.execute(db)
}
