/** What one vector must give and what it gave. */
export interface VectorResult {
  readonly name: string
  readonly expected: string
  readonly got: string
  /** Reason codes of a refusal, or what differs. */
  readonly codes: readonly string[]
  /** What a reader of the counts should know about how the vector was judged. */
  readonly note?: string
}

/** One line for each vector that gave something else, and a last line with the counts; true where all are as expected. */
export function reportVectors(results: readonly VectorResult[], write: (line: string) => void): boolean {
  const failed = results.filter(({ expected, got }) => expected !== got)
  for (const { name, expected, got, codes } of failed) {
    write(`FAILED ${name}: expected ${expected}, got ${got}${codes.length === 0 ? '' : ` (${codes.join(', ')})`}`)
  }
  for (const { name, note } of results) if (note !== undefined) write(`note ${name}: ${note}`)
  write(`${results.length - failed.length} passed, ${failed.length} failed`)
  // A run that saw nothing proved nothing.
  return failed.length === 0 && results.length > 0
}
