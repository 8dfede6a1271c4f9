import { appendAudit, COMMAND_LINE } from '../audit/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Clock } from '../kernel/time.ts'

/** Who may call the hub and what signs for it is changed from the command line only; each change is an audit event. */
export async function auditAdministration(
  tx: Tx,
  clock: Clock,
  what: { readonly action: string; readonly targetType: 'client' | 'signing-key'; readonly targetId: string },
): Promise<void> {
  await appendAudit(
    tx,
    { ...COMMAND_LINE, ...what, purpose: 'administration', basis: 'legal-duty', result: 'allowed' },
    clock,
  )
}
