import type { ChangeFeed } from '../kernel/change-feed.ts'
import type { Database } from '../kernel/db.ts'
import type { Logger } from '../kernel/log.ts'
import type { Clock } from '../kernel/time.ts'
import { listLiveUses } from './store.ts'
import { CODE_USED } from './types.ts'

/** Codes that were used once and would otherwise still be good, in every process. */
export interface UsedCodes {
  has(nonce: string): boolean
  add(nonce: string): void
  close(): Promise<void>
}

const SWEEP_MS = 60_000

/**
 * The unique row of a use decides between two uses at the same moment, also in two processes. This memory is for all
 * other showings of the same code: within a second of the use no process accepts it any more, for whatever purpose.
 */
export async function openUsedCodes(deps: {
  readonly db: Database
  readonly changes: ChangeFeed
  readonly clock: Clock
  readonly log: Logger
}): Promise<UsedCodes> {
  // Codes live for seconds: two generations, the older thrown away at each sweep.
  let recent = new Set<string>()
  let earlier = new Set<string>()
  const readAll = async (): Promise<void> => {
    for (const nonce of await listLiveUses(deps.db, deps.clock.now())) recent.add(nonce)
  }
  await readAll()
  const leave = deps.changes.subscribe(CODE_USED, (nonce) => {
    if (nonce !== undefined) recent.add(nonce)
    // The connection is new: what was announced meanwhile stands in the table.
    else readAll().catch((error: unknown) => deps.log.error({ err: error }, 'used codes could not be read'))
  })
  const timer = setInterval(() => {
    earlier = recent
    recent = new Set()
    readAll().catch((error: unknown) => deps.log.error({ err: error }, 'used codes could not be read'))
  }, SWEEP_MS).unref()
  return {
    has: (nonce) => recent.has(nonce) || earlier.has(nonce),
    add: (nonce) => void recent.add(nonce),
    async close() {
      clearInterval(timer)
      await leave()
    },
  }
}
