import { isObject } from '../fhir/index.ts'
import type { Verdict } from './breaker.ts'
import { CANCELLED, DEADLINE } from './budget.ts'
import { ENCODED, TOO_LONG } from './meter.ts'
import type { SourceIssue } from './types.ts'

/** Why a hospital gave no answer that can be used. The texts are ours: a peer's own words never travel on. */
export interface Failure {
  readonly code: SourceIssue
  readonly text: string
  readonly verdict: Verdict
  /** HTTP status, where the hospital answered. */
  readonly status?: number | undefined
  readonly retryAfterS?: number | undefined
  readonly cancelled?: boolean
  /** The connection broke under the request: maybe only a kept socket that the hospital had closed meanwhile. */
  readonly broken?: boolean
}

const failure = (code: SourceIssue, text: string, verdict: Verdict = 'bad'): Failure => ({ code, text, verdict })

export const structureFailure = (text: string): Failure => failure('structure', text)
export const securityFailure = (text: string): Failure => failure('security', text)

/** @param signal the request's own signal: whatever was thrown, an abort of ours explains it. */
export function classifyFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return ofAbort(signal.reason)
  const response = isObject(error) || error instanceof Error ? (error as { response?: unknown }).response : undefined
  if (isObject(response) && typeof response['status'] === 'number') {
    return ofStatus(response['status'], retryAfterOf(error))
  }
  return { ...failure('transient', 'The hospital could not be reached.'), broken: BROKEN.has(causeCode(error)) }
}

const BROKEN = new Set<unknown>(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** fetch wraps what the socket said in a TypeError. */
function causeCode(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}

function ofAbort(reason: unknown): Failure {
  if (reason === CANCELLED) return { ...failure('incomplete', 'The caller went away.', 'neutral'), cancelled: true }
  if (reason === DEADLINE) return failure('timeout', 'The hospital did not answer by the deadline.')
  if (reason === TOO_LONG) return failure('too-long', 'The hospital sent more bytes than agreed.')
  if (reason === ENCODED) return failure('structure', 'The hospital sent a compressed body, which was not asked for.')
  return failure('transient', 'The request to the hospital was stopped.')
}

export function ofStatus(status: number, retryAfterS?: number): Failure {
  return { ...bare(status), status, retryAfterS }
}

function bare(status: number): Failure {
  // The client reports a 200 whose body is no JSON as an error of status 200.
  if (status < 300) return failure('structure', 'The hospital answered with something that is not FHIR JSON.')
  if (status < 400) return failure('security', 'The hospital tried to send the request on to another address.')
  if (status === 401 || status === 403) return failure('forbidden', 'The hospital refused the hub.', 'neutral')
  if (status === 404 || status === 410) return failure('not-found', 'The hospital has no such resource.', 'neutral')
  if (status === 429) return failure('throttled', 'The hospital asks to be asked less often.')
  if (status < 500) return failure('exception', 'The hospital did not accept the request.', 'neutral')
  return failure('exception', 'The hospital system failed.')
}

const MAX_RETRY_AFTER_S = 600

/** `Retry-After` in seconds (RFC 9110 §10.2.3); the date form and nonsense count as absent. */
function retryAfterOf(error: unknown): number | undefined {
  const config = (error as { config?: { headers?: unknown } }).config
  const value = config?.headers instanceof Headers ? config.headers.get('retry-after') : null
  return value !== null && /^\d{1,6}$/.test(value) ? Math.min(Number(value), MAX_RETRY_AFTER_S) : undefined
}
