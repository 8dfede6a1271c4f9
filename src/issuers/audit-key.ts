import { appendAudit, COMMAND_LINE } from '../audit/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Clock } from '../kernel/time.ts'

/** Who changes keys. */
export interface KeyCaller {
  readonly actor: string
  readonly actorOrg: string
  readonly role: string
  readonly requestId?: string | undefined
  readonly sourceAddress?: string | undefined
}

export { COMMAND_LINE }

export async function auditKey(
  tx: Tx,
  clock: Clock,
  by: KeyCaller,
  what: { readonly action: string; readonly kid: string; readonly reasonCodes?: readonly string[] },
): Promise<void> {
  const { action, kid, reasonCodes } = what
  await appendAudit(
    tx,
    {
      ...by,
      action,
      targetType: 'issuer-key',
      targetId: kid,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
      reasonCodes,
    },
    clock,
  )
}
