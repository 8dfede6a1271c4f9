/**
 * One remark on one part of an identifier. Messages never repeat the identifier, so they may be logged and returned.
 */
export interface Finding<Part extends string = string> {
  readonly part: Part
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
}

/** An identifier is usable when no finding is an error. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error')
}
