/** A resource as it travels: the type is known, the rest stays opaque. Decimals may be raw JSON (json.ts). */
export interface Resource {
  readonly resourceType: string
  readonly id?: string
  readonly [name: string]: unknown
}
