import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localMonth } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { insertDecisions, type LatestDecision } from './store.ts'

/** Topic of the event that tells an institution to look at a decision again. Payload: decisionId, institution, issuer. */
export const REOPENED = 'recognition.reopened'

/** A result or report as it is at its issuer now. */
export interface SeenResult {
  readonly issuer: string
  readonly resourceType: string
  readonly resourceId: string
  /** As `resultState` gives it. */
  readonly state: string
}

/** State of a correction of which only the notice came: `announced - <number of the event>`. */
export const ANNOUNCED = 'announced'

/** What a report becomes when it no longer says what it said (result-recognition 7.2). */
const CHANGED: ReadonlySet<string | undefined> = new Set([
  'amended',
  'corrected',
  'appended',
  'entered-in-error',
  'cancelled',
  // A hospital gave notice of a correction without saying what the result is now.
  ANNOUNCED,
])

/** Decisions that used a result which has been changed since, with the state that it is in now. */
export function findOutdated(
  decisions: readonly LatestDecision[],
  seen: readonly SeenResult[],
): readonly (readonly [LatestDecision, string])[] {
  if (decisions.length === 0 || seen.length === 0) return []
  const states = new Map(seen.map((one) => [keyOf(one.issuer, one.resourceType, one.resourceId), one.state]))
  return decisions.flatMap((one) => {
    const used = one.outcome === 'recognised' || one.outcome === 'reopened' || one.usedOutside
    if (!used) return []
    // Like is compared with like: a result that stood in a report was used in that report's state.
    const key =
      one.reportId === null
        ? keyOf(one.issuer, one.resourceType, one.resourceId)
        : keyOf(one.issuer, 'DiagnosticReport', one.reportId)
    const state = states.get(key)
    if (state === undefined || state === one.evidence || !CHANGED.has(state.split(' ', 1)[0])) return []
    // The notice of this correction has opened it; what the report says now is what the physician will look at.
    const awaited = one.outcome === 'reopened' && one.evidence?.startsWith(`${ANNOUNCED} `) === true
    if (awaited && !state.startsWith(`${ANNOUNCED} `)) return []
    return [[one, state] as const]
  })
}

const keyOf = (issuer: string, type: string, id: string): string => `${issuer} ${type}/${id}`

/**
 * Opens decisions again: each gets a new row that says which one it opens and what the result has become, and an event
 * tells the institution whose physician relied on it. The old row stays as it was. Two who notice the same correction
 * make one row.
 */
export async function reopenDecisions(
  deps: Pick<Deps, 'db' | 'clock' | 'outbox'>,
  outdated: readonly (readonly [LatestDecision, string])[],
): Promise<number> {
  if (outdated.length === 0) return 0
  const now = deps.clock.now()
  await inTx(deps.db, async (tx) => {
    const rows = outdated.map(([decision, state]) => ({
      decisionId: newId<'decision'>(),
      personId: decision.personId,
      institution: decision.institution,
      issuer: decision.issuer,
      resourceType: decision.resourceType,
      resourceId: decision.resourceId,
      item: decision.item,
      outcome: 'reopened' as const,
      reasonCode: null,
      countable: null,
      eCodes: [],
      inputs: { became: state.split(' ', 1)[0], from: decision.evidence },
      detailEncrypted: null,
      dueAt: null,
      decidedBy: 'hub',
      decidedAt: now,
      decidedMonth: localMonth(now),
      reportId: decision.reportId,
      evidence: state,
      department: decision.department,
      reopens: decision.reopens ?? decision.decisionId,
      usedOutside: false,
    }))
    await insertDecisions(tx, rows)
    for (const { decisionId, institution, issuer } of rows) {
      await deps.outbox.append(tx, { topic: REOPENED, payload: { decisionId, institution, issuer } })
    }
  })
  deps.outbox.wake()
  return outdated.length
}
