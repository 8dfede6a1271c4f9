export { isDecimal, isList, isObject, parseFhirJson } from './json.ts'
export type { Resource } from './resource.ts'
