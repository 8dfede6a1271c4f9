export { type FhirIssue, outcomeOfIssues } from './issue.ts'
export { isDecimal, isList, isObject, parseFhirJson } from './json.ts'
export type { Resource } from './resource.ts'
export { validateResource } from './validate.ts'
