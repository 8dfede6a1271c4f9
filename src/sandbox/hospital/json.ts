import { hospitalError } from './errors.ts'
import type { Json } from './types.ts'

/** ECMAScript "JSON.parse source text access"; not yet in the TypeScript library. */
interface SourceAwareJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

const SourceJson = JSON as unknown as SourceAwareJson

/**
 * Reads JSON and keeps the spelling of decimals that JavaScript would shorten: FHIR R4 says of `decimal` that its
 * precision has significance, so 6.30 must come back as 6.30.
 */
export function parseFhirJson(text: string): Json {
  try {
    return SourceJson.parse(text, (_key, value, context) =>
      typeof value === 'number' && context.source !== undefined && String(value) !== context.source
        ? SourceJson.rawJSON(context.source)
        : value,
    ) as Json
  } catch (cause) {
    throw hospitalError('not-json', { cause, detail: 'The body is not JSON.' })
  }
}

/** True for a decimal kept in its own spelling. */
export function isRawDecimal(value: unknown): boolean {
  return SourceJson.isRawJSON(value)
}
