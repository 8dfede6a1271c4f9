import { institutionOf } from '../http/acting-institution.ts'
import type { FastifyRequest } from '../http/app-type.ts'
import { recordsError } from './errors.ts'
import { PURPOSES, type Purpose, type Reader } from './types.ts'

export function readPurpose(request: FastifyRequest): Purpose {
  const given = request.headers['x-purpose-of-use']
  const purpose = (Object.keys(PURPOSES) as Purpose[]).find((one) => one === given)
  if (purpose === undefined) {
    throw recordsError('purpose-missing', {
      detail: `Send X-Purpose-Of-Use: ${Object.keys(PURPOSES).join(', ')}.`,
      errors: [{ pointer: 'headers/x-purpose-of-use', detail: 'is required' }],
    })
  }
  return purpose
}

export function readerOf(request: FastifyRequest): Reader {
  const { caller } = request
  return {
    clientId: caller.clientId,
    institution: institutionOf(caller),
    role: caller.role,
    purpose: readPurpose(request),
    requestId: request.id,
    sourceAddress: request.ip,
  }
}
