import { requestError } from '../kernel/errors.ts'
import type { App } from './app-type.ts'

/** Deepest nesting of a body. FHIR resources in use stay under 20 levels. */
export const MAX_JSON_DEPTH = 40

/**
 * Deepest nesting of brackets outside strings; stops counting past `limit`. A parser recurses per level, so the
 * depth is looked at before the text is parsed.
 */
export function jsonDepth(text: string, limit: number): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: skip to its end
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
        break
      case 0x5b:
      case 0x7b:
        depth++
        if (depth > deepest) deepest = depth
        if (deepest > limit) return deepest
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
      default:
    }
  }
  return deepest
}

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
