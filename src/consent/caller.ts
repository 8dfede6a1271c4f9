import { type AuditEvent, appendAudits } from '../audit/index.ts'
import { type CityCode, isCityCode, lookupDivision } from '../codes/index.ts'
import type { Role } from '../http/access.ts'
import type { FastifyRequest } from '../http/app-type.ts'
import type { Db } from '../kernel/db.ts'
import { requestError } from '../kernel/errors.ts'
import { looksPersonal } from '../kernel/log.ts'
import type { Clock } from '../kernel/time.ts'
import type { Basis } from './types.ts'

/** Who asks, as the token says. */
export interface ConsentCaller {
  readonly clientId: string
  readonly role: Role
  readonly org: string
  readonly institution: string | undefined
  readonly city: CityCode | undefined
  readonly requestId: string
  readonly sourceAddress: string
}

export function callerOf(request: FastifyRequest): ConsentCaller {
  const { clientId, role, institution, city } = request.caller
  // An institution lies where its code says, whatever its client was registered with.
  const own = (institution === undefined ? undefined : cityOfInstitution(institution)) ?? city
  return {
    clientId,
    role,
    org: institution ?? city ?? clientId,
    institution,
    city: own !== undefined && isCityCode(own) ? own : undefined,
    requestId: request.id,
    sourceAddress: request.ip,
  }
}

/** The city for which a client acts. Every client of the roles that these routes serve has one. */
export function cityOf({ city }: ConsentCaller): CityCode {
  if (city === undefined) throw requestError('invalid', { detail: 'The token names no city.' })
  return city
}

/** The city of the division in an institution's code, which may be a retired one. */
export function cityOfInstitution(institution: string): CityCode | undefined {
  const { city } = lookupDivision(institution.slice(1, 7))
  return city !== null && isCityCode(city) ? city : undefined
}

/** Words that are kept in clear must not hold an identity or phone number. */
export function clearText(value: string, pointer: string): string {
  if (!looksPersonal(value)) return value
  const detail = 'holds what looks like an identity or phone number'
  throw requestError('invalid', { errors: [{ pointer, detail }] })
}

export interface ConsentAuditEntry {
  readonly action: string
  readonly targetType: 'consent' | 'relationship' | 'override' | 'audit'
  readonly targetId?: string | undefined
  readonly personId?: string | undefined
  readonly purpose: string
  readonly basis: Basis
  readonly consentId?: string | undefined
  /** Staff number, or the person who decides for another. */
  readonly onBehalfOf?: string | undefined
  readonly result?: 'allowed' | 'refused'
  readonly reasonCodes?: readonly string[]
  readonly fieldsTouched?: readonly string[]
}

/** Events of one request, in one statement. */
export async function auditConsent(
  deps: { readonly clock: Clock },
  db: Db,
  by: ConsentCaller,
  ...entries: readonly ConsentAuditEntry[]
): Promise<void> {
  const events = entries.map(
    ({ personId, result, ...entry }): AuditEvent => ({
      ...entry,
      actor: by.clientId,
      actorOrg: by.org,
      role: by.role,
      personRef: personId,
      result: result ?? 'allowed',
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    }),
  )
  await appendAudits(db, events, deps.clock)
}
