import type { Cleanup } from './cleanup.ts'
import type { Options } from './options.ts'
import type { Place } from './place.ts'
import type { Measured } from './row.ts'

export interface BenchRun {
  readonly cleanup: Cleanup
  readonly place: Place
  readonly options: Options
  /** Progress, for a person. */
  readonly say: (line: string) => void
}

/** Headline numbers with what stands beside them. */
export interface Bench {
  readonly name: string
  /** Its rows, as far as the command line can choose them. */
  readonly cases: readonly string[]
  run(run: BenchRun): Promise<readonly Measured[]>
}
