import type { AuditEvent } from '../audit/index.ts'

/** Who acts on a claim, as the audit trail names them. */
export type Actor = Pick<AuditEvent, 'actor' | 'actorOrg' | 'role' | 'sourceAddress'>

/** The audit event of something done with a person's claim. */
export const claimEvent = (
  by: Actor,
  what: {
    readonly action: string
    readonly personId: string
    readonly claimId?: string | undefined
    readonly requestId?: string | undefined
  },
): AuditEvent => ({
  ...by,
  action: what.action,
  targetType: 'settlement.claim',
  targetId: what.claimId,
  personRef: what.personId,
  purpose: by.role === 'bureau' ? 'fund-management' : 'settlement',
  basis: 'legal-duty',
  result: 'allowed',
  requestId: what.requestId,
})
