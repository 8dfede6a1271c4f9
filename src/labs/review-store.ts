import type { Db, Tx } from '../kernel/db.ts'
import type { Source } from './types.ts'

export type ReviewReason = 'person-unknown' | 'person-ambiguous' | 'person-contradicted' | 'identifier-missing'

export interface ReviewRow {
  readonly reviewId: string
  readonly institution: string
  readonly reportKey: Buffer
  readonly reason: ReviewReason
  readonly source: Source
  readonly versionAt: Date
  readonly facts: Buffer
  readonly receivedAt: Date
}

export async function insertReview(tx: Tx, row: ReviewRow): Promise<void> {
  await tx
    .insertInto('labs_review')
    .values({
      review_id: row.reviewId,
      institution: row.institution,
      report_key: row.reportKey,
      reason: row.reason,
      source: row.source,
      version_at: row.versionAt,
      facts_encrypted: row.facts,
      received_at: row.receivedAt,
      state: 'open',
    })
    .execute()
}

/** Open ones of an institution, the oldest first; `reviewId` one of them, locked. */
export async function readOpenReviews(
  db: Db,
  institution: string,
  filter: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ReviewRow[]> {
  let query = openReviews(db).where('institution', '=', institution).orderBy('review_id').limit(filter.limit)
  if (filter.after !== undefined) query = query.where('review_id', '>', filter.after)
  return (await query.execute()).map(toRow)
}

export async function takeOpenReview(tx: Tx, institution: string, reviewId: string): Promise<ReviewRow | undefined> {
  const row = await openReviews(tx)
    .where('institution', '=', institution)
    .where('review_id', '=', reviewId)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? undefined : toRow(row)
}

/** Whether a newer version of the same report waits too. */
export async function hasNewerOpen(tx: Tx, { institution, reportKey, versionAt }: ReviewRow): Promise<boolean> {
  const newer = await openReviews(tx)
    .where('institution', '=', institution)
    .where('report_key', '=', reportKey)
    .where('version_at', '>', versionAt)
    .limit(1)
    .executeTakeFirst()
  return newer !== undefined
}

const openReviews = (db: Db) => db.selectFrom('labs_review').selectAll().where('state', '=', 'open')

export async function closeReview(
  tx: Tx,
  reviewId: string,
  close: {
    readonly state: 'attached' | 'discarded'
    readonly by: string
    readonly officer: string
    readonly at: Date
  },
): Promise<void> {
  await tx
    .updateTable('labs_review')
    .set({ state: close.state, closed_by: close.by, closed_officer: close.officer, closed_at: close.at })
    .where('review_id', '=', reviewId)
    .execute()
}

function toRow(row: {
  review_id: string
  institution: string
  report_key: Buffer
  reason: string
  source: string
  version_at: Date
  facts_encrypted: Buffer
  received_at: Date
}): ReviewRow {
  return {
    reviewId: row.review_id,
    institution: row.institution,
    reportKey: row.report_key,
    reason: row.reason as ReviewReason,
    source: row.source as Source,
    versionAt: row.version_at,
    facts: row.facts_encrypted,
    receivedAt: row.received_at,
  }
}
