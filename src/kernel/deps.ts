import type { ChangeFeed } from './change-feed.ts'
import type { Config } from './config.ts'
import type { Keyring } from './crypto/index.ts'
import type { Database } from './db.ts'
import type { Logger } from './log.ts'
import type { Outbox } from './outbox.ts'
import type { Clock } from './time.ts'

/** What every slice may use. A function takes only the part it needs: `Pick<Deps, 'db' | 'clock'>`. */
export interface Deps {
  readonly config: Config
  readonly clock: Clock
  readonly db: Database
  readonly log: Logger
  readonly keyring: Keyring
  readonly outbox: Outbox
  /** Hears of changes that other processes committed. */
  readonly changes: ChangeFeed
}
