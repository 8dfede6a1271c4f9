import type { LabReport, ReportStatus } from './types.ts'

export interface HeldVersion {
  readonly versionAt: Date
  readonly status: ReportStatus
  readonly report: LabReport
}

export type NextVersion =
  /** Nothing was held: the report is new. */
  | { readonly kind: 'first'; readonly status: ReportStatus }
  /** It takes the place of the one that is held; `changed` where a result that was usable says something else now. */
  | { readonly kind: 'replace'; readonly status: ReportStatus; readonly changed: boolean }
  /** It says the same as what is held. */
  | { readonly kind: 'same' }
  /** It is older than what is held, or less than it: kept in the history, never in force. */
  | { readonly kind: 'late' }

/** How far a report has come; a version that has come less far never replaces one that has come further. */
const RANK: Readonly<Record<ReportStatus, number>> = {
  registered: 0,
  partial: 0,
  preliminary: 0,
  final: 1,
  amended: 2,
  corrected: 2,
  cancelled: 3,
  'entered-in-error': 3,
}

const isUsable = (status: ReportStatus): boolean => RANK[status] === 1 || RANK[status] === 2

/**
 * What a version that arrives is to the one that is held. The laboratory's time decides, not the order of arrival: of two
 * of one time the one that has come further. A final one after a final one that says something else is an amendment,
 * whatever the sender calls it (R4 DiagnosticReport.status).
 */
export function nextVersion(held: HeldVersion | undefined, report: LabReport): NextVersion {
  if (held === undefined) return { kind: 'first', status: report.status }
  const arrived = Date.parse(report.versionAt)
  const before = held.versionAt.getTime()
  const [rank, heldRank] = [RANK[report.status], RANK[held.status]]
  const sameContent = contentOf(held.report) === contentOf(report)
  if (sameContent && (rank === heldRank || (report.status === 'final' && heldRank === 2))) return { kind: 'same' }
  if (arrived < before || (arrived === before && rank < heldRank)) return { kind: 'late' }
  // Preliminary after final: the laboratory's message was overtaken by its own clock, or is a mistake of it.
  if (rank === 0 && heldRank > 0) return { kind: 'late' }
  const status = report.status === 'final' && isUsable(held.status) ? 'amended' : report.status
  return { kind: 'replace', status, changed: isUsable(held.status) }
}

/** What a reader would see of it; times and states of the message are not part of that. */
function contentOf({ items, specimen, conclusion, panel }: LabReport): string {
  return JSON.stringify([items, specimen, conclusion, panel])
}
