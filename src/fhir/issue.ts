import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'

/** One thing that is wrong with a resource. No value of the resource is quoted: it may be a person's. */
export interface FhirIssue {
  readonly severity: 'error'
  readonly code: 'structure' | 'required' | 'value' | 'code-invalid' | 'not-supported' | 'too-costly'
  /** Where, as FHIRPath of element names and positions: `Bundle.entry[3].resource.status`. */
  readonly expression: string
  /** What, in words for the one who has to mend it. */
  readonly diagnostics: string
}

/** The resource in which FHIR tells issues; an outcome has one at least. */
export function outcomeOfIssues(issues: readonly FhirIssue[]): OperationOutcome {
  const told = issues.map(
    ({ severity, code, expression, diagnostics }): OperationOutcomeIssue => ({
      severity,
      code,
      diagnostics,
      expression: [expression],
    }),
  )
  const none: OperationOutcomeIssue = {
    severity: 'information',
    code: 'informational',
    diagnostics: 'The structure is that of FHIR R4.',
  }
  return { resourceType: 'OperationOutcome', issue: told.length > 0 ? told : [none] }
}
