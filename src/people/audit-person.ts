import { type AuditEvent, appendAudit } from '../audit/index.ts'
import type { Db } from '../kernel/db.ts'
import type { Clock } from '../kernel/time.ts'
import type { AskedBy } from './types.ts'

export interface PersonEntry {
  readonly action: string
  readonly personId?: string | undefined
  readonly purpose: string
  readonly result?: 'allowed' | 'refused'
  readonly reasonCodes?: readonly string[]
  readonly fieldsTouched?: readonly string[]
}

/** One line of the audit log about a person; care is the ground of hospitals, a legal task that of the rest. */
export async function auditPerson(
  deps: { readonly clock: Clock },
  db: Db,
  by: AskedBy,
  entry: PersonEntry,
): Promise<void> {
  await appendAudit(db, personEvent(by, entry), deps.clock)
}

/** The same as a value, for many people in one statement. */
export function personEvent(by: AskedBy, entry: PersonEntry): AuditEvent {
  return {
    actor: by.clientId,
    actorOrg: by.org,
    role: by.role,
    action: entry.action,
    targetType: 'person',
    targetId: entry.personId,
    personRef: entry.personId,
    purpose: entry.purpose,
    basis: by.role === 'hospital' || by.role === 'pharmacy' ? 'treatment' : 'legal-duty',
    result: entry.result ?? 'allowed',
    reasonCodes: entry.reasonCodes,
    fieldsTouched: entry.fieldsTouched,
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  }
}
