import { checkResource } from './compile.ts'
import { explainResource } from './explain.ts'
import type { FhirIssue } from './issue.ts'

const NONE: readonly FhirIssue[] = []

/**
 * What is wrong with the structure of an R4 resource, the resources in it included; nothing when it is valid. Structure:
 * elements, types, numbers, required codes. Not invariants, profiles, terminology or what a reference leads to; doubled
 * members and depth of a text are for the layer that parses it.
 */
export function validateResource(resource: unknown): readonly FhirIssue[] {
  if (checkResource(resource, 0)) return NONE
  const issues = explainResource(resource)
  // Refused without a reason: the two readings of the table would differ, which the tests look for.
  if (issues.length === 0) throw new TypeError('the compiled check and the walk through the table disagree')
  return issues
}
