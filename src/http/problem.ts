import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type AppError, requestError } from '../kernel/errors.ts'
import type { App } from './app-type.ts'
import { logFailure, toAppError } from './failure.ts'

/** RFC 9457 problem details, with our `code`, both titles and the list of faulty fields. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'URI that names the kind of problem' }),
    title: Type.String(),
    titleZh: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    instance: Type.String({ description: 'URN of this occurrence; quote it when asking for help' }),
    code: Type.String(),
    retryable: Type.Boolean(),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
  },
  {
    $id: 'Problem',
    additionalProperties: true,
    examples: [
      {
        type: 'urn:yimatong:problem:request.invalid',
        title: 'The request is not valid',
        titleZh: '请求不合法',
        status: 400,
        detail: 'The body does not fit its schema.',
        instance: 'urn:yimatong:request:01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        code: 'request.invalid',
        retryable: false,
        errors: [{ pointer: '/code', detail: 'is required' }],
      },
    ],
  },
)

export function problemOf(error: AppError, requestId: string): Record<string, unknown> {
  const hidden = error.status >= 500 && error.status !== 503
  return {
    ...error.meta,
    type: `urn:yimatong:problem:${error.code}`,
    title: error.title,
    titleZh: error.titleZh,
    status: error.status,
    ...(error.detail === undefined || hidden ? {} : { detail: error.detail }),
    instance: `urn:yimatong:request:${requestId}`,
    code: error.code,
    retryable: error.retryable,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  }
}

export function setFailureHeaders(reply: FastifyReply, error: AppError): void {
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter))
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  logFailure(request, error)
  setFailureHeaders(reply, error)
  return reply
    .code(error.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(error, request.id))
}

/** Problem details for everything that fails, and for addresses that do not exist. */
export function useProblems(app: App): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, toAppError(error)))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, requestError('not-found', { detail: 'There is nothing at this address.' })),
  )
}
