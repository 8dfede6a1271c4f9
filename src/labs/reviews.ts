import { mask } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import { inTx } from '../kernel/tx.ts'
import { auditLabs, type LabsCaller, type LabsDeps } from './caller.ts'
import { labsError } from './errors.ts'
import { findPatient } from './find-patient.ts'
import { closeReview, hasNewerOpen, type ReviewReason, readOpenReviews, takeOpenReview } from './review-store.ts'
import { openReview } from './seal.ts'
import { type StoredReport, storeReport } from './store-report.ts'
import type { Source } from './types.ts'

/** A report that waits for its person, as the institution that sent it may see it. */
export interface OpenReview {
  readonly reviewId: string
  readonly reason: ReviewReason
  readonly source: Source
  readonly receivedAt: Date
  /** The institution's own number, by which it finds the report at home. */
  readonly reportNo: string
  readonly identifiers: readonly { readonly type: string; readonly masked: string }[]
}

export async function listReviews(
  deps: LabsDeps,
  by: LabsCaller,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly OpenReview[]> {
  const rows = await readOpenReviews(deps.db, by.institution, page)
  await auditLabs(deps, deps.db, by, { action: 'labs.review-list', targetType: 'review' })
  return rows.map((row) => {
    const { report, patient } = openReview(deps.keyring, row.reviewId, row.facts)
    return {
      reviewId: row.reviewId,
      reason: row.reason,
      source: row.source,
      receivedAt: row.receivedAt,
      reportNo: report.reportNo,
      identifiers: patient.map((one) => ({
        type: 'type' in one ? one.type : one.system,
        masked: mask.document(one.value),
      })),
    }
  })
}

/**
 * Looks for the person again, by the identifiers of the report alone: who resolves it cannot name one.
 * @throws `labs.review-not-found`, `labs.person-unknown`, `labs.newer-version-waits`
 */
export async function retryReview(
  deps: LabsDeps,
  by: LabsCaller,
  command: { readonly reviewId: string; readonly officer: string },
): Promise<StoredReport> {
  const { reviewId, officer } = command
  const before = await inTx(deps.db, (tx) => takeOpenReview(tx, by.institution, reviewId))
  if (before === undefined) throw labsError('review-not-found')
  const { report, ...whose } = openReview(deps.keyring, reviewId, before.facts)
  const found = await findPatient(deps, whose, by)
  if (!('personId' in found)) throw labsError('person-unknown', { meta: { reason: found.reason } })
  const stored = await inTx(deps.db, async (tx) => {
    // Another one may have closed it meanwhile.
    if ((await takeOpenReview(tx, by.institution, reviewId)) === undefined) throw labsError('review-not-found')
    if (await hasNewerOpen(tx, before)) throw labsError('newer-version-waits')
    const attached = await storeReport(deps, tx, { report, personId: found.personId, by })
    await closeReview(tx, reviewId, { state: 'attached', by: by.clientId, officer, at: deps.clock.now() })
    await auditLabs(deps, tx, by, {
      action: 'labs.review-attach',
      targetType: 'review',
      targetId: reviewId,
      personId: found.personId,
      officer,
    })
    return attached
  })
  deps.outbox.wake()
  return stored
}

/** Discards a report that waits; it goes with the others of its age. @throws `labs.review-not-found` */
export async function discardReview(
  deps: Pick<LabsDeps, 'clock'>,
  tx: Tx,
  by: LabsCaller,
  { reviewId, officer }: { readonly reviewId: string; readonly officer: string },
): Promise<void> {
  if ((await takeOpenReview(tx, by.institution, reviewId)) === undefined) throw labsError('review-not-found')
  await closeReview(tx, reviewId, { state: 'discarded', by: by.clientId, officer, at: deps.clock.now() })
  await auditLabs(deps, tx, by, { action: 'labs.review-discard', targetType: 'review', targetId: reviewId, officer })
}
