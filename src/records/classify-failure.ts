import type { IncomingHttpHeaders } from 'node:http'
import type { Verdict } from './breaker.ts'
import { CANCELLED, DEADLINE } from './budget.ts'
import { ENCODED, TOO_LONG } from './send-request.ts'
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
  /**
   * Whether the same request may be sent once more. `at-once`: the connection broke under it, maybe only a kept socket
   * that the hospital had closed meanwhile. `soon`: the hospital could not be reached, or a door before it said so.
   */
  readonly again?: 'at-once' | 'soon' | undefined
}

const failure = (code: SourceIssue, text: string, verdict: Verdict = 'bad'): Failure => ({ code, text, verdict })

export const structureFailure = (text: string): Failure => failure('structure', text)
export const securityFailure = (text: string): Failure => failure('security', text)
/** The hub is too busy with this hospital: nothing that could be held against it. */
export const busyFailure = (text: string): Failure => failure('throttled', text, 'neutral')

/** @param error what a request was rejected with: a reason of ours, or what the socket threw. */
export function classifyFailure(error: unknown): Failure {
  switch (error) {
    case CANCELLED:
      return { ...failure('incomplete', 'The caller went away.', 'neutral'), cancelled: true }
    case DEADLINE:
      return failure('timeout', 'The hospital did not answer by the deadline.')
    case TOO_LONG:
      return failure('too-long', 'The hospital sent more bytes than agreed.')
    case ENCODED:
      return failure('structure', 'The hospital sent a compressed body, which was not asked for.')
    default: {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (typeof code === 'string' && code.startsWith('HPE_')) return structureFailure('The hospital speaks no HTTP.')
      return {
        ...failure('transient', 'The hospital could not be reached.'),
        again: BROKEN.has(code) ? 'at-once' : UNREACHED.has(code) ? 'soon' : undefined,
      }
    }
  }
}

const BROKEN = new Set<unknown>(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
const UNREACHED = new Set<unknown>([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

export function ofStatus(status: number, headers: IncomingHttpHeaders = {}): Failure {
  const again = status === 502 || status === 503 || status === 504 ? ('soon' as const) : undefined
  return { ...bare(status), status, retryAfterS: retryAfterOf(headers), again }
}

function bare(status: number): Failure {
  if (status < 300) return failure('structure', 'The hospital answered with another status than 200.')
  // Only a 304 that nobody asked for comes here.
  if (status === 304) return failure('structure', 'The hospital answered that nothing changed, which was not asked.')
  if (status < 400) return failure('security', 'The hospital tried to send the request on to another address.')
  if (status === 401 || status === 403) return failure('forbidden', 'The hospital refused the hub.', 'neutral')
  if (status === 404 || status === 410) return failure('not-found', 'The hospital has no such resource.', 'neutral')
  if (status === 429) return failure('throttled', 'The hospital asks to be asked less often.')
  if (status < 500) return failure('exception', 'The hospital did not accept the request.', 'neutral')
  return failure('exception', 'The hospital system failed.')
}

const MAX_RETRY_AFTER_S = 600

/** `Retry-After` in seconds (RFC 9110 §10.2.3); the date form and nonsense count as absent. */
function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after']
  return value !== undefined && /^\d{1,6}$/.test(value) ? Math.min(Number(value), MAX_RETRY_AFTER_S) : undefined
}
