import { institutionOf } from '../http/acting-institution.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { idsOfPerson, knownPeople } from '../people/index.ts'
import { auditConsent, type ConsentCaller } from './caller.ts'
import { consentError } from './errors.ts'
import { endRelationshipRow, insertRelationship, type Relationship, readRelationships } from './relationship-store.ts'
import type { RelationshipKind } from './types.ts'

const DAY_MS = 86_400_000

/** An appointment or referral may lie ahead, but nobody is in care years from now. */
const AHEAD_MS = 365 * DAY_MS

/** Keeps that the caller's institution treats a person. The same visit reported again is the same row. */
export async function reportRelationship(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly personId: string
    readonly kind: RelationshipKind
    readonly from: Date
    readonly to: Date | null
    readonly visitRef: string
    readonly by: ConsentCaller
  },
): Promise<Relationship> {
  const { personId, kind, from, to, visitRef, by } = command
  const now = deps.clock.now()
  const institution = institutionOf(by)
  if (from.getTime() > now.getTime() + AHEAD_MS) {
    throw consentError('relationship-invalid', {
      errors: [{ pointer: '/from', detail: 'lies more than a year ahead' }],
    })
  }
  if (to !== null && (to < from || to.getTime() > now.getTime() + AHEAD_MS)) {
    throw consentError('relationship-invalid', {
      errors: [{ pointer: '/to', detail: 'must lie after /from and within a year' }],
    })
  }
  const known = await knownPeople(tx, [personId])
  if (known.size === 0) throw consentError('person-not-found')
  const relationship = { personId, relationshipId: newId(), institution, kind, from, to, visitRef, reportedAt: now }
  if (!(await insertRelationship(tx, relationship, by.clientId))) {
    const [earlier] = await readRelationships(tx, { personIds: [personId], institution, kind, visitRef })
    if (earlier === undefined) throw consentError('relationship-not-found')
    return earlier
  }
  await audit(deps, tx, by, 'consent.relationship-report', relationship)
  return relationship
}

/** Ends one that the caller's institution reported: access ends some days after, as policy has it. */
export async function endRelationship(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly personId: string
    readonly relationshipId: string
    /** Left out: now. */
    readonly at?: Date | undefined
    readonly by: ConsentCaller
  },
): Promise<Relationship> {
  const { personId, relationshipId, by } = command
  const now = deps.clock.now()
  const of = { personIds: await idsOfPerson(tx, personId), relationshipId, institution: institutionOf(by) }
  const [relationship] = await readRelationships(tx, of)
  if (relationship === undefined) throw consentError('relationship-not-found')
  const at = command.at ?? (relationship.from > now ? relationship.from : now)
  if (at < relationship.from || at.getTime() > now.getTime() + DAY_MS) {
    throw consentError('relationship-invalid', {
      errors: [{ pointer: '/at', detail: 'lies before it began, or ahead' }],
    })
  }
  await endRelationshipRow(tx, relationship, at)
  const [ended] = await readRelationships(tx, of)
  await audit(deps, tx, by, 'consent.relationship-end', relationship)
  return ended ?? relationship
}

async function audit(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  by: ConsentCaller,
  action: string,
  { personId, relationshipId }: Relationship,
): Promise<void> {
  await auditConsent(deps, tx, by, {
    action,
    targetType: 'relationship',
    targetId: relationshipId,
    personId,
    purpose: 'TREAT',
    basis: 'treatment',
  })
}
