import type { Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import { auditLabs, type LabsCaller, type LabsDeps } from './caller.ts'
import type { PatientFound } from './find-patient.ts'
import { insertReview, type ReviewReason } from './review-store.ts'
import { reportKey, sealReview } from './seal.ts'
import { storeReport } from './store-report.ts'
import type { ReportForPatient } from './types.ts'

export type HoldOutcome =
  | { readonly kind: 'review'; readonly reviewId: string; readonly reason: ReviewReason }
  | { readonly kind: 'first' | 'replace' | 'same' | 'late'; readonly reportId: string; readonly unmapped: number }

/** Holds one report for its person; without one it waits for review and is attached to nobody. */
export async function holdOne(
  deps: LabsDeps,
  tx: Tx,
  one: ReportForPatient,
  patient: PatientFound | undefined,
  by: LabsCaller,
): Promise<HoldOutcome> {
  if (patient !== undefined && 'personId' in patient) {
    const { outcome, ...stored } = await storeReport(deps, tx, { report: one.report, personId: patient.personId, by })
    return { kind: outcome, ...stored }
  }
  const reviewId = newId<'review'>()
  const reason = patient?.reason ?? 'identifier-missing'
  const { report } = one
  await insertReview(tx, {
    reviewId,
    institution: report.institution,
    reportKey: reportKey(report),
    reason,
    source: report.source,
    versionAt: new Date(report.versionAt),
    facts: sealReview(deps.keyring, reviewId, one),
    receivedAt: deps.clock.now(),
  })
  await auditLabs(deps, tx, by, {
    action: 'labs.review-open',
    targetType: 'review',
    targetId: reviewId,
    reasonCodes: [reason],
  })
  return { kind: 'review', reviewId, reason }
}
