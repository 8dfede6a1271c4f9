import { appendAudit } from '../audit/index.ts'
import { type AccessDecision, type Consents, decideAccess, REASONS } from '../consent/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { recordsError } from './errors.ts'
import type { Reader, SourceResult } from './types.ts'

/**
 * The decision on access, before any hospital is asked. A refusal is audited with its reasons and ends the request: who is
 * refused learns why, and nothing of the records.
 */
export async function decideReading(
  deps: Pick<Deps, 'db' | 'clock'> & { readonly consents: Consents },
  by: Reader,
  asked: { readonly personId: string; readonly types: readonly string[]; readonly action: string },
): Promise<AccessDecision> {
  const { personId, types, action } = asked
  const decision = await decideAccess(deps, {
    personId,
    by,
    purpose: by.purpose,
    resourceTypes: types,
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  })
  if (decision.allow) return decision
  await appendAudit(
    deps.db,
    {
      ...auditOf(by, personId, decision),
      action,
      targetType: types[0] ?? 'Patient',
      result: 'refused',
      reasonCodes: decision.reasonCodes,
    },
    deps.clock,
  )
  throw recordsError('access-denied', {
    detail: decision.reasonCodes.map(textOf).join(' '),
    meta: { reasons: decision.reasonCodes },
  })
}

/** What every audit event of one reading has in common. */
export function auditOf(by: Reader, personId: string, decision: AccessDecision) {
  return {
    actor: by.clientId,
    actorOrg: by.institution,
    role: by.role,
    personRef: personId,
    purpose: by.purpose,
    basis: decision.basis,
    consentId: decision.consentId,
    orderId: decision.orderId,
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  }
}

/** The results without what the decision withholds; how many those are is told. Places in the pages stay as they are. */
export function withholdSensitive(
  results: readonly SourceResult[],
  { withheld }: AccessDecision,
  { sensitiveClassesOf }: Pick<Consents, 'sensitiveClassesOf'>,
): readonly SourceResult[] {
  if (withheld.size === 0) return results
  const isOpen = ({ resource }: SourceResult['found'][number]): boolean =>
    !sensitiveClassesOf(resource).some((one) => withheld.has(one))
  return results.map((result) => {
    const found = result.found.filter(isOpen)
    const included = result.included.filter(isOpen)
    const hidden = result.found.length - found.length + result.included.length - included.length
    return hidden === 0 ? result : { ...result, found, included, withheld: hidden }
  })
}

const textOf = (code: string): string => REASONS[code as keyof typeof REASONS]?.en ?? code
