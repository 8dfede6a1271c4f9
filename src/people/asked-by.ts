import type { FastifyRequest } from '../http/app-type.ts'
import type { AskedBy } from './types.ts'

export function askedBy(request: FastifyRequest): AskedBy {
  const { caller } = request
  return {
    clientId: caller.clientId,
    org: caller.institution ?? caller.city ?? caller.clientId,
    role: caller.role,
    city: caller.city,
    requestId: request.id,
    sourceAddress: request.ip,
  }
}
