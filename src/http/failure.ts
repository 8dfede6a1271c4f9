import type { FastifyError, FastifyRequest } from 'fastify'
import { AppError, type FieldError, requestError } from '../kernel/errors.ts'

/** Turns whatever was thrown into the one error shape; both renderers (problem, OperationOutcome) start here. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code, statusCode, validation, validationContext, message } = error as Partial<FastifyError>
  if (validation !== undefined) {
    return requestError('invalid', {
      detail: `The ${validationContext ?? 'request'} does not fit its schema.`,
      errors: validation.map((one) => describeViolation(one, validationContext)),
    })
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return requestError('too-large', { detail: 'The body is larger than this server takes.' })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return requestError('unsupported-media-type', { detail: 'Send the media type that the API reference names.' })
  }
  // Thrown by the rate-limit plugin, which has set Retry-After by then.
  if (statusCode === 429) return requestError('rate-limited', { detail: message ?? 'Too many requests.' })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return requestError('invalid', { detail: 'The request could not be read.', cause: error })
  }
  return requestError('internal', { cause: error })
}

interface Violation {
  readonly instancePath: string
  readonly keyword: string
  readonly params: Record<string, unknown>
  readonly message?: string | undefined
}

/** Names the field and the reason; never the value, which may be personal. */
function describeViolation(violation: Violation, context: string | undefined): FieldError {
  const { params } = violation
  const child = params['additionalProperty'] ?? params['missingProperty'] ?? params['propertyName']
  const path = typeof child === 'string' ? `${violation.instancePath}/${child}` : violation.instancePath
  return {
    pointer: context === 'body' || context === undefined ? path || '/' : `${context}${path}`,
    detail: reason(violation),
  }
}

function reason(violation: Violation): string {
  const { keyword, params, message } = violation
  if (keyword === 'additionalProperties') return 'is not a known field'
  if (keyword === 'required') return 'is required'
  if (keyword === 'enum' && Array.isArray(params['allowedValues']))
    return `must be one of ${params['allowedValues'].join(', ')}`
  if (keyword === 'const') return `must be ${String(params['allowedValue'])}`
  return message ?? `fails ${keyword}`
}

/** 5xx are ours: logged with their stack. 4xx are the caller's: one line, no stack. */
export function logFailure(request: FastifyRequest, error: AppError): void {
  if (error.status >= 500) request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed')
  else request.log.info({ code: error.code, status: error.status }, 'request refused')
}
