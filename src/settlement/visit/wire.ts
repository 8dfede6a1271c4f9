/*
 * REST speaks the interface's names as they are, with underscores; the verbs have them in camelCase. Both ways it is the same
 * name, so no list of fields can fall behind.
 */

const underscored = (name: string): string => name.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`)
const camelCased = (name: string): string => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())

/** Fields that the interface itself writes in camelCase. */
const AS_THEY_ARE = new Set(['dscgTime'])

const rename = (value: unknown, by: (name: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((one) => rename(one, by))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [AS_THEY_ARE.has(name) ? name : by(name), rename(inner, by)]),
  )
}

/** A checked body as the verbs take it. */
export const fromWire = <T>(body: unknown): T => rename(body, camelCased) as T

/** What a verb gives, as REST answers it. Reasons keep the form that all of settlement has. */
export const toWire = (value: object): never => {
  const shown = rename(value, underscored) as Record<string, unknown>
  return ('reasons' in value ? { ...shown, reasons: value.reasons } : shown) as never
}
