import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Part, readParts } from '../kernel/part.ts'
import { THEIR_IDS } from '../people/index.ts'

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

/** All that is known about one person, under all ids of a merged one: two ranges of primary keys. */
const locatorOf = (personIds: RawBuilder<unknown>): Part<readonly LocatorRow[]> => ({
  expression: sql`select json_agg(known) from (
    select json_build_array(institution, null, linked, floor(extract(epoch from seen_at) * 1000)) as known
    from records_locator where person_id = any(${personIds})
    union all
    select json_build_array(institution, resource_type, true, floor(extract(epoch from seen_at) * 1000))
    from records_holding where person_id = any(${personIds})) rows`,
  read: (value) =>
    ((value ?? []) as readonly [string, string | null, boolean, number][]).map(
      ([institution, type, linked, seenMs]) => ({
        institution,
        type,
        linked,
        seenAt: new Date(seenMs),
      }),
    ),
})

/** As a part of a statement about one person. */
export const LOCATOR_PART = locatorOf(THEIR_IDS)

/** In a statement of its own. */
export async function readLocator(db: Db, personIds: readonly string[]): Promise<readonly LocatorRow[]> {
  return (await readParts(db, sql``, { known: locatorOf(sql`${personIds}::uuid[]`) })).known
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
