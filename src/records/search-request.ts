import type { FastifyReply, FastifyRequest } from '../http/app-type.ts'
import { requestError } from '../kernel/errors.ts'
import type { Cursor } from './cursor.ts'
import { recordsError } from './errors.ts'
import { typesShown } from './read-page.ts'
import { checkOnlyFormat, type Parameters, parametersOf } from './read-parameters.ts'
import { isRecordType } from './record-types.ts'
import type { RecordsDeps } from './records-deps.ts'
import type { PageContext } from './search-records.ts'

export const FORM = 'application/x-www-form-urlencoded'

export function parametersIn(request: FastifyRequest): Parameters {
  const inAddress = parametersOf(request.url)
  if (request.method !== 'POST') return inAddress
  const { body } = request
  if (body === undefined || body === null) return inAddress
  if (!(request.headers['content-type'] ?? '').toLowerCase().startsWith(FORM)) {
    throw requestError('unsupported-media-type', { detail: `A search by POST is a form: ${FORM}.` })
  }
  const inBody = Object.entries(body as Record<string, string | string[]>).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one] as const),
  )
  return [...inAddress, ...inBody]
}

/**
 * A page's link says all; what is put beside it would have to be ignored. A count alone is let pass, since clients put one
 * to every address of a search: pages keep the size of the first, as R4 lets a server decide.
 */
export function pageOf(parameters: Parameters): string | undefined {
  const page = parameters.find(([name]) => name === '_page')
  if (page === undefined) return undefined
  checkOnlyFormat(parameters.filter((one) => one !== page && !(one[0] === '_count' && /^\d{1,6}$/.test(one[1]))))
  return page[1]
}

export const isLenient = (request: FastifyRequest): boolean =>
  /\bhandling=lenient\b/i.test(String(request.headers['prefer']))
export const mayRead = ({ caller }: FastifyRequest, type: string): boolean => caller.scopes.has(`system/${type}.rs`)

/** What comes along needs its own scope, as if it were asked for. */
export function checkScopes(request: FastifyRequest, types: readonly string[]): void {
  const missing = types.filter((type) => (type === 'Patient' || isRecordType(type)) && !mayRead(request, type))
  if (missing.length === 0) return
  throw recordsError('scope-missing', {
    detail: `Needed as well: ${missing.map((type) => `system/${type}.rs`).join(', ')}.`,
  })
}

/** A page may be asked for with a token of fewer scopes than the one that the search began with. */
export const withScopes =
  (request: FastifyRequest, isMine: (cursor: Cursor) => boolean) =>
  (cursor: Cursor): boolean => {
    if (!isMine(cursor)) return false
    checkScopes(request, typesShown(cursor))
    return true
  }

export function contextOf(deps: RecordsDeps, reply: FastifyReply, path: string, parameters: Parameters): PageContext {
  const query = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString()
  return {
    self: `${deps.config.publicUrl}/fhir/${path}${query === '' ? '' : `?${query}`}`,
    signal: cancelledWith(reply),
    whenSent(free) {
      // The connection may end without the answer, and an answer may end without the connection.
      reply.raw.once('finish', free).once('close', free)
    },
  }
}

/** Fires when the caller closes its connection before the answer is sent. */
export function cancelledWith(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort()
  })
  return controller.signal
}
