import { type AuditEvent, appendAudits } from '../audit/index.ts'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Clock } from '../kernel/time.ts'

export type LabsDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'log' | 'outbox' | 'config'>

/** Who sends or acts: a client with its token, or a laboratory system at its connection. */
export interface LabsCaller {
  readonly clientId: string
  readonly institution: string
  readonly requestId?: string | undefined
  readonly sourceAddress?: string | undefined
}

export interface LabsAuditEntry {
  readonly action: string
  readonly targetType: 'report' | 'review' | 'sender'
  readonly targetId?: string | undefined
  readonly personId?: string | undefined
  readonly officer?: string | undefined
  readonly reasonCodes?: readonly string[] | undefined
}

export async function auditLabs(
  deps: { readonly clock: Clock },
  db: Db,
  by: LabsCaller,
  ...entries: readonly LabsAuditEntry[]
): Promise<void> {
  const events = entries.map(
    (entry): AuditEvent => ({
      actor: by.clientId,
      actorOrg: by.institution,
      role: 'hospital',
      onBehalfOf: entry.officer,
      action: entry.action,
      targetType: entry.targetType,
      targetId: entry.targetId,
      personRef: entry.personId,
      purpose: 'TREAT',
      basis: 'treatment',
      result: 'allowed',
      reasonCodes: entry.reasonCodes,
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    }),
  )
  await appendAudits(db, events, deps.clock)
}
