import type { AuditEvent } from '../../src/audit/index.ts'

/** A read of a synthetic person's report by a synthetic doctor's system. */
export function readEvent(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    actor: 'client-his-1',
    actorOrg: 'H51010000001',
    role: 'hospital',
    action: 'records.read',
    targetType: 'DiagnosticReport',
    targetId: 'rec-1',
    personRef: '0198c5d2-0000-7000-8000-000000000001',
    purpose: 'outpatient-visit',
    basis: 'treatment',
    result: 'allowed',
    reasonCodes: [],
    sourceAddress: '192.0.2.7',
    requestId: 'req-1',
    fieldsTouched: ['code', 'result'],
    ...changes,
  }
}
