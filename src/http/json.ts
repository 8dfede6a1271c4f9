import { requestError } from '../kernel/errors.ts'
import { countMembers, MAX_JSON_DEPTH, scanJson } from '../kernel/json-depth.ts'
import type { App } from './app-type.ts'

/**
 * JSON and FHIR JSON bodies: bounded depth, no `__proto__` or `constructor` smuggled in, and no member twice: a gateway
 * before us might read the other one (RFC 8259 §4 leaves it open).
 */
export function useJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser(
    ['application/json', 'application/fhir+json'],
    { parseAs: 'string' },
    (request, text, done) => {
      const { depth, members } = scanJson(text as string, MAX_JSON_DEPTH)
      if (depth > MAX_JSON_DEPTH) {
        done(requestError('too-deep', { detail: `The body is nested deeper than ${MAX_JSON_DEPTH} levels.` }))
        return
      }
      // The default parser answers through `done`; its type allows a promise that it never returns.
      void parse(request, text as string, (error, value) => {
        if (error === null && countMembers(value) !== members) {
          done(requestError('invalid', { detail: 'A member of an object in the body comes twice.' }))
          return
        }
        done(error, value)
      })
    },
  )
}
