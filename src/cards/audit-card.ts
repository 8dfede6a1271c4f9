import { type AuditEvent, appendAudit } from '../audit/index.ts'
import type { Db } from '../kernel/db.ts'
import type { Clock } from '../kernel/time.ts'
import type { CardCaller } from './types.ts'

export interface CardAuditEntry {
  readonly action: string
  readonly cardId?: string | undefined
  readonly personId?: string | undefined
  /** Who showed the code, where that was not the card's own person. */
  readonly onBehalfOf?: string | undefined
  /** `card` where nothing is said. */
  readonly targetType?: 'card' | 'carrier'
  readonly purpose: string
  readonly result?: 'allowed' | 'refused'
  readonly reasonCodes?: readonly string[] | undefined
  readonly fieldsTouched?: readonly string[]
}

export function cardEvent(by: CardCaller, entry: CardAuditEntry): AuditEvent {
  return {
    actor: by.clientId,
    actorOrg: by.org,
    role: by.role,
    onBehalfOf: entry.onBehalfOf,
    action: entry.action,
    targetType: entry.targetType ?? 'card',
    targetId: entry.cardId,
    personRef: entry.personId,
    purpose: entry.purpose,
    basis: by.institution === undefined ? 'legal-duty' : 'treatment',
    result: entry.result ?? 'allowed',
    reasonCodes: entry.reasonCodes,
    fieldsTouched: entry.fieldsTouched,
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  }
}

export async function auditCard(
  deps: { readonly clock: Clock },
  db: Db,
  by: CardCaller,
  entry: CardAuditEntry,
): Promise<void> {
  await appendAudit(db, cardEvent(by, entry), deps.clock)
}
