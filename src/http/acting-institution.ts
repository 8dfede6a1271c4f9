import { requestError } from '../kernel/errors.ts'
import type { Caller } from './access.ts'
import type { FastifyRequest } from './app-type.ts'

/** The institution for which a client acts. Every client of a role with institutions has one; a token without gets nothing. */
export function institutionOf({ institution }: Pick<Caller, 'institution'>): string {
  if (institution === undefined) throw requestError('invalid', { detail: 'The token names no institution.' })
  return institution
}

/** Who asks on behalf of an institution, in which request: what the work and its audit events need to know. */
export function actingInstitution({ caller, id, ip }: FastifyRequest) {
  return { clientId: caller.clientId, institution: institutionOf(caller), requestId: id, sourceAddress: ip }
}
