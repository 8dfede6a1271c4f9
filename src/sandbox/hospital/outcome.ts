import { AppError } from '../../kernel/errors.ts'

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

/** Issue codes of the R4 issue-type value set. */
const ISSUE_OF_CODE: Readonly<Record<string, string>> = {
  'hospital.not-json': 'structure',
  'hospital.bad-structure': 'structure',
  'hospital.bad-value': 'value',
  'hospital.not-supported': 'not-supported',
  'hospital.token-missing': 'login',
  'hospital.scope-missing': 'forbidden',
  'hospital.not-found': 'not-found',
  'hospital.unknown-type': 'not-supported',
  'hospital.not-acceptable': 'not-supported',
  'hospital.gone': 'deleted',
  'hospital.page-expired': 'expired',
  'hospital.several-matches': 'multiple-matches',
  'hospital.version-differs': 'conflict',
  'hospital.too-large': 'too-long',
  'hospital.too-many-entries': 'too-costly',
  'hospital.media-type': 'not-supported',
}

export function outcomeText(severity: 'error' | 'information', code: string, diagnostics: string): string {
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics }] })
}

/** Status and body for whatever was thrown. A fault of the server itself says nothing about its inside. */
export function renderFailure(error: unknown): { readonly status: number; readonly body: string } {
  if (error instanceof AppError) {
    return {
      status: error.status,
      body: outcomeText('error', ISSUE_OF_CODE[error.code] ?? 'processing', error.detail ?? error.title),
    }
  }
  const status = statusOf(error)
  if (status === 413)
    return { status, body: outcomeText('error', 'too-long', 'The body is larger than this server reads.') }
  if (status >= 400 && status < 500)
    return { status, body: outcomeText('error', 'invalid', 'The request is not valid.') }
  return { status: 500, body: outcomeText('error', 'exception', 'Internal error.') }
}

/** Fastify's own errors (body too large, bad content type) carry `statusCode`. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}
