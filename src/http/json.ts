import { requestError } from '../kernel/errors.ts'
import { jsonDepth, MAX_JSON_DEPTH } from '../kernel/json-depth.ts'
import type { App } from './app-type.ts'

/** JSON and FHIR JSON bodies: bounded depth, and no `__proto__` or `constructor` smuggled in. */
export function useJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser(
    ['application/json', 'application/fhir+json'],
    { parseAs: 'string' },
    (request, text, done) => {
      if (jsonDepth(text as string, MAX_JSON_DEPTH) > MAX_JSON_DEPTH) {
        done(requestError('too-deep', { detail: `The body is nested deeper than ${MAX_JSON_DEPTH} levels.` }))
        return
      }
      // The default parser answers through `done`; its type allows a promise that it never returns.
      void parse(request, text as string, done)
    },
  )
}
