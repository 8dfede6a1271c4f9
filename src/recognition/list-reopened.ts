import { appendAudits } from '../audit/index.ts'
import type { Db } from '../kernel/db.ts'
import { idsOfPerson } from '../people/index.ts'
import type { RecognitionDeps } from './judge-results.ts'
import { presentOwn } from './list-decisions.ts'
import { type LatestDecision, readLatest, readReopened } from './store.ts'

/** Who looks at the work list; it is no reading of one person, so that no purpose of use is stated. */
export interface ListReader {
  readonly clientId: string
  readonly institution: string
  readonly role: string
  readonly requestId: string
  readonly sourceAddress: string
}

/** The work list of an institution; who has more than these looks at them first. */
const MAX_REOPENED = 200

/** Own decisions that wait for a new one. Each person whose decision is shown gets an audit event. */
export async function listReopened(deps: RecognitionDeps, by: ListReader) {
  const rows = await withoutSettled(deps.db, await readReopened(deps.db, by.institution, MAX_REOPENED))
  const event = {
    actor: by.clientId,
    actorOrg: by.institution,
    role: by.role,
    action: 'recognition.list-reopened',
    targetType: 'recognition-decision',
    purpose: 'treatment',
    basis: 'treatment',
    result: 'allowed',
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  } as const
  const persons = [...new Set(rows.map((one) => one.personId))]
  await appendAudits(
    deps.db,
    persons.length === 0 ? [event] : persons.map((personRef) => ({ ...event, personRef })),
    deps.clock,
  )
  return { decisions: rows.map((one) => ({ personId: one.personId, ...presentOwn(deps, one) })) }
}

/** Without what was decided on since under another id of the same person: a merge moves no decision. */
async function withoutSettled(db: Db, rows: readonly LatestDecision[]): Promise<readonly LatestDecision[]> {
  const ofPersons = await Promise.all(
    [...Map.groupBy(rows, (one) => one.personId)].map(async ([personId, open]) => {
      const others = (await idsOfPerson(db, personId)).filter((id) => id !== personId)
      if (others.length === 0) return open
      const decided = await readLatest(db, others)
      return open.filter((one) => !decided.some((later) => later.decidedAt > one.decidedAt && isOfSame(later, one)))
    }),
  )
  const left = new Set(ofPersons.flat())
  return rows.filter((one) => left.has(one))
}

const isOfSame = (a: LatestDecision, b: LatestDecision): boolean =>
  a.institution === b.institution &&
  a.issuer === b.issuer &&
  a.resourceType === b.resourceType &&
  a.resourceId === b.resourceId &&
  a.item === b.item
