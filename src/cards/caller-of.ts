import type { Caller } from '../http/access.ts'
import type { FastifyRequest } from '../http/app-type.ts'
import type { CardCaller } from './types.ts'

export const callerOf = (request: FastifyRequest): CardCaller => cardCaller(request.caller, request.id, request.ip)

export function cardCaller(caller: Caller, requestId: string, sourceAddress: string): CardCaller {
  return {
    clientId: caller.clientId,
    org: caller.institution ?? caller.city ?? caller.clientId,
    role: caller.role,
    institution: caller.institution,
    city: caller.city,
    requestId,
    sourceAddress,
  }
}
