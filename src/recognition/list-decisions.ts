import { appendAudits } from '../audit/index.ts'
import { fen, formatFen } from '../kernel/money.ts'
import type { Reader } from '../records/index.ts'
import { decisionsOfPerson } from './decisions-of-person.ts'
import type { RecognitionDeps } from './judge-results.ts'
import type { LatestDecision } from './store.ts'

/** Codes that the issuer may see: its result was technically poor, or did not fit (result-recognition 8.3). */
const FOR_ISSUER = new Set(['01', '10'])

/**
 * What was decided on a person's results, as far as it concerns the caller's institution: what its own physicians
 * decided, and of its own results whether another institution accepted them. Reading it leaves an audit event.
 */
export async function listDecisions(deps: RecognitionDeps, by: Reader, personId: string) {
  const latest = await decisionsOfPerson(deps.db, personId)
  const own = latest.filter((one) => one.institution === by.institution)
  const issued = latest.filter((one) => one.issuer === by.institution && one.institution !== by.institution)
  await appendAudits(
    deps.db,
    [
      {
        actor: by.clientId,
        actorOrg: by.institution,
        role: by.role,
        action: 'recognition.list',
        targetType: 'recognition-decision',
        personRef: personId,
        purpose: by.purpose,
        basis: 'treatment',
        result: 'allowed',
        requestId: by.requestId,
        sourceAddress: by.sourceAddress,
      },
    ],
    deps.clock,
  )
  return {
    decided: own.toSorted(newestFirst).map((one) => presentOwn(deps, one)),
    issued: issued.toSorted(newestFirst).flatMap(presentToIssuer),
  }
}

const newestFirst = (a: LatestDecision, b: LatestDecision): number => b.decidedAt.getTime() - a.decidedAt.getTime()

export function presentOwn(
  { recognition, clock }: Pick<RecognitionDeps, 'recognition' | 'clock'>,
  one: LatestDecision,
) {
  const catalogue = recognition.register.catalogue()
  const overdue = one.outcome === 'open' && one.dueAt !== null && one.dueAt <= clock.now()
  return {
    decisionId: one.decisionId,
    resource: `${one.resourceType}/${one.resourceId}`,
    report: one.reportId === null ? null : `DiagnosticReport/${one.reportId}`,
    issuer: one.issuer,
    item: one.item,
    itemName: one.item === null ? null : (catalogue.newest(one.item)?.name ?? null),
    outcome: one.outcome,
    reasonCode: one.reasonCode,
    eCodes: [...one.eCodes],
    usedOutside: one.usedOutside,
    department: one.department,
    savedAmount: one.savedFen === null ? null : formatFen(fen(one.savedFen)),
    reopens: one.reopens,
    dueAt: one.dueAt?.toISOString() ?? null,
    overdue,
    decidedAt: one.decidedAt.toISOString(),
  }
}

/** The issuer learns whether its result served, and nothing of why a physician thought otherwise. */
function presentToIssuer(one: LatestDecision) {
  if (one.outcome !== 'recognised' && one.outcome !== 'not-recognised') return []
  const accepted = one.outcome === 'recognised'
  return [
    {
      resource: `${one.resourceType}/${one.resourceId}`,
      item: one.item,
      institution: one.institution,
      accepted,
      reasonCode: !accepted && one.reasonCode !== null && FOR_ISSUER.has(one.reasonCode) ? one.reasonCode : null,
      decidedAt: one.decidedAt.toISOString(),
    },
  ]
}
