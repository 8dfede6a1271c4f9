import type { Consents } from '../consent/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Annotate } from './annotate.ts'
import type { Exchange } from './open-exchange.ts'

/** What reading other hospitals' records needs. */
export type RecordsDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config' | 'log'> & {
  readonly exchange: Exchange
  readonly consents: Consents
  /** What a slice above remarks on results; left out: nothing. */
  readonly annotate?: Annotate | undefined
}
