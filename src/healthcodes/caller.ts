import { type AuditEvent, appendAudits } from '../audit/index.ts'
import { type CityCode, isCityCode } from '../codes/index.ts'
import type { Role } from '../http/access.ts'
import type { FastifyRequest } from '../http/app-type.ts'
import type { Db } from '../kernel/db.ts'
import type { Clock } from '../kernel/time.ts'
import { healthcodesError } from './errors.ts'

/** Who asks, as the token says. */
export interface HealthCaller {
  readonly clientId: string
  readonly role: Role
  readonly org: string
  readonly city: CityCode | undefined
  readonly requestId?: string | undefined
  readonly sourceAddress?: string | undefined
}

/** Upkeep that acts by the clock. */
export const UPKEEP: HealthCaller = { clientId: 'healthcodes.upkeep', role: 'operator', org: 'hub', city: undefined }

export function callerOf(request: FastifyRequest): HealthCaller {
  const { clientId, role, institution, city } = request.caller
  return {
    clientId,
    role,
    org: institution ?? city ?? clientId,
    city: city !== undefined && isCityCode(city) ? city : undefined,
    requestId: request.id,
    sourceAddress: request.ip,
  }
}

/** The city for which a CDC or an issuer acts. @throws `healthcodes.dormant` where there is none: nothing can be in force */
export function cityOf(by: HealthCaller): CityCode {
  if (by.city === undefined) throw healthcodesError('dormant', { detail: 'The client acts for no city.' })
  return by.city
}

export interface HealthAuditEntry {
  readonly action: string
  readonly targetType: 'order' | 'issuer' | 'change' | 'level' | 'code' | 'appeal' | 'hold' | 'purge'
  readonly targetId?: string | undefined
  readonly personId?: string | undefined
  readonly orderId?: string | undefined
  /** Staff number in whose name the client acts. */
  readonly officer?: string | undefined
  readonly result?: 'allowed' | 'refused'
  readonly reasonCodes?: readonly string[] | undefined
}

/** Events of one request, in one statement. */
export async function auditHealth(
  deps: { readonly clock: Clock },
  db: Db,
  by: HealthCaller,
  ...entries: readonly HealthAuditEntry[]
): Promise<void> {
  const events = entries.map(
    (entry): AuditEvent => ({
      actor: by.clientId,
      actorOrg: by.org,
      role: by.role,
      onBehalfOf: entry.officer,
      action: entry.action,
      targetType: entry.targetType,
      targetId: entry.targetId,
      personRef: entry.personId,
      purpose: 'public-health',
      basis: 'emergency-order',
      orderId: entry.orderId,
      result: entry.result ?? 'allowed',
      reasonCodes: entry.reasonCodes,
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    }),
  )
  await appendAudits(db, events, deps.clock)
}
