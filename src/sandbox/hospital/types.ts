/** Any JSON value. A decimal whose spelling matters is a raw-JSON object (see json.ts). */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Json | undefined
}

/** A FHIR R4 resource as it travels: only the type is known, the rest stays opaque. */
export interface Resource extends JsonObject {
  readonly resourceType: string
  readonly id?: string
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}
