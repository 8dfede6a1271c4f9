import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../kernel/config.ts'
import { AppError, requestError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Logger } from '../kernel/log.ts'
import type { Clock } from '../kernel/time.ts'
import { apiHeaders } from './api-headers.ts'
import { logFailure, toAppError } from './failure.ts'
import { FHIR_JSON, outcomeOf } from './fhir-outcome.ts'
import { problemOf } from './problem.ts'

/**
 * Requests that fail before a route is found, so before any hook: their answers have the shape and the headers of all
 * others, and repeat nothing of what was sent.
 */
export function answerUnroutable(config: Config, request: FastifyRequest, raw: ServerResponse, error: unknown): void {
  const failure = error instanceof AppError ? error : unroutable(error)
  logFailure(request, failure)
  const { headers, body } = render(config, failure, request.id, request.raw.url ?? '')
  raw.writeHead(failure.status, headers).end(body)
}

function unroutable(error: unknown): AppError {
  const failure = toAppError(error)
  if (failure.status >= 500) return failure
  return requestError('invalid', { detail: 'The address cannot be read.', cause: error })
}

/** What Node's parser refuses has no request at all, only a socket. */
export function answerUnreadable(
  deps: { readonly config: Config; readonly log: Logger; readonly clock: Clock },
  error: Error & { readonly code?: string | undefined; readonly rawPacket?: unknown },
  socket: Socket,
): void {
  // Gone already: nobody is there to be told.
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const failure = unreadable(error.code)
  const requestId = newId<'request'>()
  deps.log.info({ code: failure.code, status: failure.status, requestId, cause: error.code }, 'request refused')
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const start = error.rawPacket instanceof Buffer ? error.rawPacket.subarray(0, 64).toString('latin1') : ''
  const target = /^[A-Z]+ (\S+)/.exec(start)?.[1] ?? ''
  const { headers, body } = render(deps.config, failure, requestId, target)
  const lines = Object.entries({ ...headers, date: deps.clock.now().toUTCString(), connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(`HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}\r\n${lines.join('')}\r\n${body}`)
}

function unreadable(code: string | undefined): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') return requestError('headers-too-large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return requestError('receive-timeout')
  return requestError('invalid', { detail: 'The request could not be read as HTTP.' })
}

function render(config: Config, failure: AppError, requestId: string, target: string) {
  const fhir = /^\/fhir([/?]|$)/.test(target)
  const body = JSON.stringify(fhir ? outcomeOf(failure) : problemOf(failure, requestId))
  return {
    body,
    headers: {
      ...apiHeaders(config),
      'content-type': fhir ? FHIR_JSON : 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      ...(failure.retryAfter === undefined ? {} : { 'retry-after': String(failure.retryAfter) }),
    },
  }
}
