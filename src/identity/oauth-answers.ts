import type { App } from '../http/app-type.ts'
import { logFailure, toAppError } from '../http/failure.ts'
import { setFailureHeaders } from '../http/problem.ts'
import type { AppError } from '../kernel/errors.ts'
import { oauthError } from './errors.ts'

/**
 * Failures in the shape of RFC 6749 §5.2 for this encapsulated part of the app. Only the token endpoint uses it,
 * because OAuth clients read nothing else there; every other route answers with problem details.
 */
export function useOAuthAnswers(app: App): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = toAppError(error)
    logFailure(request, failure)
    setFailureHeaders(reply, failure)
    const code = codeOf(failure)
    return reply
      .code(code === 'invalid_request' ? 400 : failure.status)
      .headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send({ error: code, error_description: descriptionOf(failure) })
  })
}

/** §5.2 knows no code for an overloaded or failing server; those of §4.1.2.1 are what clients know. */
function codeOf(failure: AppError): string {
  const [area, code] = failure.code.split('.')
  if (area === oauthError.area && code !== undefined) return code
  if (failure.status === 429 || failure.status === 503) return 'temporarily_unavailable'
  return failure.status >= 500 ? 'server_error' : 'invalid_request'
}

function descriptionOf(failure: AppError): string {
  if (failure.status >= 500) return failure.title
  const fields = failure.errors.map(({ pointer, detail }) => `${pointer.replace(/^\//, '')} ${detail}`)
  const text = fields.length > 0 ? fields.join('; ') : (failure.detail ?? failure.title)
  // The grammar of error_description: printable ASCII without the double quote and the backslash.
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
