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

/** One headline number with what stands beside it. */
export interface Bench {
  readonly name: string
  run(run: BenchRun): Promise<readonly Measured[]>
}
