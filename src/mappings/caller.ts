import { appendAudit } from '../audit/index.ts'
import { actingInstitution } from '../http/acting-institution.ts'
import type { FastifyRequest } from '../http/app-type.ts'
import type { Db } from '../kernel/db.ts'
import type { Clock } from '../kernel/time.ts'
import type { Party } from './types.ts'

/** A hospital that works on its own codes. */
export interface MappingCaller {
  readonly clientId: string
  readonly role: string
  readonly institution: string
  readonly requestId: string
  readonly sourceAddress: string
}

export function callerOf(request: FastifyRequest): MappingCaller {
  return { ...actingInstitution(request), role: request.caller.role }
}

export interface MappingCommand {
  /** Staff number in whose name the client acts. */
  readonly officer: string
  readonly by: MappingCaller
}

export const partyOf = ({ officer, by }: MappingCommand): Party => ({ clientId: by.clientId, officer })

/** One line of the audit log for one request; a mapping is about no person. */
export async function auditMappings(
  deps: { readonly clock: Clock },
  db: Db,
  { officer, by }: MappingCommand,
  action: string,
  ids: readonly string[],
): Promise<void> {
  await appendAudit(
    db,
    {
      actor: by.clientId,
      actorOrg: by.institution,
      role: by.role,
      onBehalfOf: officer,
      action,
      targetType: 'mapping',
      targetId: ids[0],
      purpose: 'quality',
      basis: 'legal-duty',
      result: 'allowed',
      // One request may hold a thousand of them: the first is named, the rows say who did the others.
      reasonCodes: ids.length > 1 ? [`and-${ids.length - 1}-more`] : [],
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    },
    deps.clock,
  )
}
