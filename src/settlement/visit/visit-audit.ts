import { type AuditEvent, appendAudit } from '../../audit/index.ts'
import type { Db } from '../../kernel/db.ts'
import type { Deps } from '../../kernel/deps.ts'
import type { AskedBy } from '../../people/index.ts'
import type { Sender } from './types.ts'

interface Done {
  readonly action: string
  readonly personId?: string
  readonly visitId?: string
}

export const visitEvent = (by: Sender, what: Done): AuditEvent => ({
  ...by.actor,
  action: `settlement.visit-${what.action}`,
  targetType: 'settlement.visit',
  targetId: what.visitId,
  personRef: what.personId,
  purpose: 'settlement',
  basis: 'legal-duty',
  result: 'allowed',
  requestId: by.requestId,
})

/** Records what was done with a visit, in the transaction of the work. */
export async function auditVisit(db: Db, deps: Pick<Deps, 'clock'>, by: Sender, what: Done): Promise<void> {
  await appendAudit(db, visitEvent(by, what), deps.clock)
}

/** The sender as the person index names who asks. */
export const askedBy = ({ actor, institution, requestId }: Sender): AskedBy => ({
  clientId: actor.actor,
  org: institution,
  role: actor.role,
  sourceAddress: actor.sourceAddress,
  requestId,
})
