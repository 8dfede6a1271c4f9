import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { LinkKind, LinkPeriod, Relation } from './guardianship.ts'

export interface LinkRow extends LinkPeriod {
  readonly linkId: string
  /** Whose card it is about. */
  readonly personId: string
  /** Who acts for that person. */
  readonly guardianId: string
  readonly relation: Relation
  readonly evidenceRef: string
  readonly recordedCity: CityCode
  readonly recordedAt: Date
  readonly endReason: string | null
}

/**
 * Lets one transaction at a time change a person's links. Without it several that insert the same link at one moment wait
 * for each other in the exclusion constraint, and the database ends them one by one, a second each.
 */
export async function lockLinks(tx: Tx, personId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('people.guardian', 0) # hashtextextended(${personId}, 0))`.execute(
    tx,
  )
}

export async function insertLinks(
  tx: Tx,
  rows: readonly Omit<LinkRow, 'endedAt' | 'endReason'>[],
  recordedBy: string,
): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('people_guardian')
    .values(
      rows.map((row) => ({
        person_id: row.personId,
        link_id: row.linkId,
        guardian_id: row.guardianId,
        kind: row.kind,
        relation: row.relation,
        from_date: row.from,
        to_date: row.to,
        evidence_ref: row.evidenceRef,
        recorded_city: row.recordedCity,
        recorded_by: recordedBy,
        recorded_at: row.recordedAt,
      })),
    )
    .execute()
}

/** The links by which others act for the rows of a person, the newest first; by the primary key. */
export async function readLinks(db: Db, group: readonly string[]): Promise<readonly LinkRow[]> {
  const rows = await db
    .selectFrom('people_guardian')
    .select([
      'link_id as linkId',
      'person_id as personId',
      'guardian_id as guardianId',
      'kind',
      'relation',
      'from_date as from',
      'to_date as to',
      'evidence_ref as evidenceRef',
      'recorded_city as recordedCity',
      'recorded_at as recordedAt',
      'ended_at as endedAt',
      'end_reason as endReason',
    ])
    .where(sql<boolean>`person_id = any(${group}::uuid[])`)
    .orderBy('recorded_at', 'desc')
    .orderBy('link_id', 'desc')
    .execute()
  return rows.map((row) => ({
    ...row,
    kind: row.kind as LinkKind,
    relation: row.relation as Relation,
    recordedCity: row.recordedCity as CityCode,
  }))
}

/** False where the link is not of that city, or not there. A link that was ended keeps its first end. */
export async function endLink(
  tx: Tx,
  of: { readonly personId: string; readonly linkId: string; readonly city: string },
  end: { readonly at: Date; readonly by: string; readonly reason: string },
): Promise<boolean> {
  const link = await tx
    .selectFrom('people_guardian')
    .select('ended_at as endedAt')
    .where('person_id', '=', of.personId)
    .where('link_id', '=', of.linkId)
    .where('recorded_city', '=', of.city)
    .forUpdate()
    .executeTakeFirst()
  if (link === undefined) return false
  if (link.endedAt !== null) return true
  await tx
    .updateTable('people_guardian')
    .set({ ended_at: end.at, ended_by: end.by, end_reason: end.reason })
    .where('person_id', '=', of.personId)
    .where('link_id', '=', of.linkId)
    .execute()
  return true
}
