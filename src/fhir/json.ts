/** ECMAScript "JSON.parse source text access"; not yet in the TypeScript library. */
interface SourceAwareJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

const SourceJson = JSON as unknown as SourceAwareJson

/**
 * Reads JSON and keeps the spelling of a number that JavaScript would change: FHIR R4 gives the precision of a
 * `decimal` a meaning, so 6.30 from a laboratory must leave the hub as 6.30.
 */
export function parseFhirJson(text: string): unknown {
  return SourceJson.parse(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? SourceJson.rawJSON(context.source)
      : value,
  )
}

/** True for a number, also one kept in its own spelling. */
export function isDecimal(value: unknown): boolean {
  return typeof value === 'number' || SourceJson.isRawJSON(value)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !SourceJson.isRawJSON(value)
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
