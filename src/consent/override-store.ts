import { sql } from 'kysely'
import type { CityCode } from '../codes/index.ts'
import type { Db, Tx } from '../kernel/db.ts'

export const VERDICTS = ['justified', 'unjustified'] as const
export type OverrideVerdict = (typeof VERDICTS)[number]

export interface Override {
  readonly personId: string
  readonly overrideId: string
  readonly institution: string
  readonly city: CityCode
  readonly unit: string
  readonly clientId: string
  readonly officer: string
  readonly reasonCode: string
  readonly reasonVersion: number
  readonly textEncrypted: Buffer
  readonly startedAt: Date
  readonly expiresAt: Date
  readonly reviewDueAt: Date
  readonly warnedAt: Date | null
  readonly reviewedAt: Date | null
  readonly reviewedBy: string | null
  readonly reviewedOfficer: string | null
  readonly verdict: OverrideVerdict | null
  readonly noteEncrypted: Buffer | null
}

export const OVERRIDE_STATES = ['unreviewed', 'overdue', 'reviewed', 'all'] as const
export type OverrideState = (typeof OVERRIDE_STATES)[number]

/** Uses of one institution follow one another, so that two at the same moment cannot both be the one before the block. */
export async function lockInstitution(tx: Tx, institution: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('consent.override', 0) # hashtextextended(${institution}, 0))`.execute(
    tx,
  )
}

export async function insertOverride(tx: Tx, one: Override): Promise<void> {
  await tx
    .insertInto('consent_override')
    .values({
      person_id: one.personId,
      override_id: one.overrideId,
      institution: one.institution,
      city: one.city,
      unit: one.unit,
      client_id: one.clientId,
      officer: one.officer,
      reason_code: one.reasonCode,
      reason_version: one.reasonVersion,
      text_encrypted: one.textEncrypted,
      started_at: one.startedAt,
      expires_at: one.expiresAt,
      review_due_at: one.reviewDueAt,
    })
    .execute()
}

/** Those of an institution whose review is overdue: its units, and whether each was warned. */
export async function readOverdue(
  db: Db,
  institution: string,
  now: Date,
): Promise<readonly { readonly unit: string; readonly overrideId: string; readonly warned: boolean }[]> {
  const rows = await db
    .selectFrom('consent_override')
    .select(['unit', 'override_id as overrideId', 'warned_at as warnedAt'])
    .where('institution', '=', institution)
    .where('reviewed_at', 'is', null)
    .where('review_due_at', '<=', now)
    .execute()
  return rows.map(({ warnedAt, ...row }) => ({ ...row, warned: warnedAt !== null }))
}

export async function markWarned(tx: Tx, institution: string, unit: string, now: Date): Promise<void> {
  await tx
    .updateTable('consent_override')
    .set({ warned_at: now })
    .where('institution', '=', institution)
    .where('unit', '=', unit)
    .where('reviewed_at', 'is', null)
    .where('review_due_at', '<=', now)
    .where('warned_at', 'is', null)
    .execute()
}

/** The one that is in force of an institution for a person. */
export async function readOpenOverride(
  db: Db,
  of: { readonly personIds: readonly string[]; readonly institution: string; readonly now: Date },
): Promise<Override | undefined> {
  const row = await columns(db)
    .where(sql<boolean>`person_id = any(${of.personIds}::uuid[])`)
    .where('institution', '=', of.institution)
    .where('expires_at', '>', of.now)
    .executeTakeFirst()
  return row && toOverride(row)
}

/** One by its own id; `lock` holds it until the transaction ends. */
export async function readOverride(tx: Tx, overrideId: string): Promise<Override | undefined> {
  const row = await columns(tx).where('override_id', '=', overrideId).forUpdate().executeTakeFirst()
  return row && toOverride(row)
}

/** For who reviews: those of a city, or of one institution, those that are due first at the front. */
export async function listOverrides(
  db: Db,
  filter: {
    readonly city?: string | undefined
    readonly institution?: string | undefined
    readonly state: OverrideState
    readonly now: Date
    readonly limit: number
  },
): Promise<readonly Override[]> {
  let query = columns(db).orderBy('review_due_at').orderBy('override_id').limit(filter.limit)
  if (filter.city !== undefined) query = query.where('city', '=', filter.city)
  if (filter.institution !== undefined) query = query.where('institution', '=', filter.institution)
  if (filter.state === 'unreviewed' || filter.state === 'overdue') query = query.where('reviewed_at', 'is', null)
  if (filter.state === 'overdue') query = query.where('review_due_at', '<=', filter.now)
  if (filter.state === 'reviewed') query = query.where('reviewed_at', 'is not', null)
  return (await query.execute()).map(toOverride)
}

/** Those about one person, for the person's own view. */
export async function readOverridesOf(db: Db, personIds: readonly string[]): Promise<readonly Override[]> {
  const rows = await columns(db)
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .orderBy('override_id', 'desc')
    .limit(1_000)
    .execute()
  return rows.map(toOverride)
}

export async function reviewOverrideRow(
  tx: Tx,
  of: { readonly personId: string; readonly overrideId: string },
  review: {
    readonly verdict: OverrideVerdict
    readonly noteEncrypted: Buffer | null
    readonly by: string
    readonly officer: string
    readonly at: Date
  },
): Promise<void> {
  await tx
    .updateTable('consent_override')
    .set({
      verdict: review.verdict,
      note_encrypted: review.noteEncrypted,
      reviewed_by: review.by,
      reviewed_officer: review.officer,
      reviewed_at: review.at,
    })
    .where('person_id', '=', of.personId)
    .where('override_id', '=', of.overrideId)
    .execute()
}

function columns(db: Db) {
  return db.selectFrom('consent_override').selectAll()
}

type OverrideRow = NonNullable<Awaited<ReturnType<ReturnType<typeof columns>['executeTakeFirst']>>>

function toOverride(row: OverrideRow): Override {
  return {
    personId: row.person_id,
    overrideId: row.override_id,
    institution: row.institution,
    city: row.city as CityCode,
    unit: row.unit,
    clientId: row.client_id,
    officer: row.officer,
    reasonCode: row.reason_code,
    reasonVersion: row.reason_version,
    textEncrypted: row.text_encrypted,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    reviewDueAt: row.review_due_at,
    warnedAt: row.warned_at,
    reviewedAt: row.reviewed_at,
    reviewedBy: row.reviewed_by,
    reviewedOfficer: row.reviewed_officer,
    verdict: row.verdict as OverrideVerdict | null,
    noteEncrypted: row.note_encrypted,
  }
}
