import type { Caller } from '../http/access.ts'
import type { FastifyRequest } from '../http/app-type.ts'
import type { Actor } from './claim-event.ts'
import type { Viewer } from './claim-store.ts'
import { settlementError } from './errors.ts'

/** Who acts, as the audit trail names it. */
export const actorOf = ({ caller, ip }: FastifyRequest): Actor => ({
  actor: caller.clientId,
  actorOrg: caller.institution ?? caller.city ?? caller.clientId,
  role: caller.role,
  sourceAddress: ip,
})

/** Ids are compared as text in places, and the database writes them in lower case (RFC 9562 §4 takes either). */
export const claimIdOf = (request: { readonly params: { readonly id: string } }): string =>
  request.params.id.toLowerCase()

/** Hospitals and pharmacies settle as themselves, never for another: the code comes from their token. */
export function institutionOf(caller: Caller): string {
  if (caller.institution === undefined) throw settlementError('institution-unknown')
  return caller.institution
}

/** What a caller may see: an institution its own claims, a bureau those of its city. */
export function viewerOf(caller: Caller): Viewer {
  if (caller.role === 'bureau' && caller.city !== undefined) return { city: caller.city }
  return { institution: institutionOf(caller) }
}
