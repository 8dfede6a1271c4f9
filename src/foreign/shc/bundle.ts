import { isObject } from '../../kernel/strict-json.ts'

export type Resource = Readonly<Record<string, unknown>>

/**
 * The resources of a FHIR bundle, or undefined where it is none or holds an empty element: FHIR R4 knows no empty value
 * (§2.6.2). The content of the resources is for those who read them.
 */
export function readBundle(value: unknown): readonly Resource[] | undefined {
  if (!isObject(value) || value['resourceType'] !== 'Bundle' || holdsEmpty(value)) return undefined
  const entries = value['entry']
  if (!Array.isArray(entries)) return undefined
  const resources = entries.map((entry: unknown) => (isObject(entry) ? entry['resource'] : undefined))
  return resources.every((one): one is Resource => isObject(one) && typeof one['resourceType'] === 'string')
    ? resources
    : undefined
}

/** Depth was bounded when the text was parsed. */
function holdsEmpty(value: unknown): boolean {
  if (value === null || value === '') return true
  if (typeof value !== 'object') return false
  const children = Object.values(value)
  return children.length === 0 || children.some(holdsEmpty)
}
