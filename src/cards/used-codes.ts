import { startCatchUp } from '../kernel/catch-up.ts'
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
  /** Milliseconds since the uses were last read. */
  ageMs(): number
  close(): Promise<void>
}

const EVERY_MS = 500
const SWEEP_MS = 60_000

/** A use can be dated by another clock, and be committed with a transaction that took its time. */
const OVERLAP_MS = 15_000

/**
 * The unique row of a use decides between two uses at the same moment, also in two processes. This memory is for all
 * other showings of the same code: within a second of the use no process accepts it any more, for whatever purpose. It
 * hears of each use when that is committed, and reads the newest ones anyway, because an announcement can be lost.
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
  let readTo = 0
  const onError = (error: unknown) => deps.log.error({ err: error }, 'used codes could not be read')
  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    async read() {
      const now = deps.clock.now()
      const usedSince = new Date(Math.max(0, readTo - OVERLAP_MS))
      const into = recent
      for (const nonce of await listLiveUses(deps.db, { now, usedSince })) into.add(nonce)
      // Where a sweep came in between, everything is read once more.
      if (into === recent) readTo = now.getTime()
    },
    onError,
  })
  const leave = deps.changes.subscribe(CODE_USED, (nonce) => {
    if (nonce !== undefined) recent.add(nonce)
    // The connection is new: what was announced meanwhile stands in the table.
    else void catchUp.refresh().catch(onError)
  })
  const timer = setInterval(() => {
    earlier = recent
    recent = new Set()
    readTo = 0
  }, SWEEP_MS).unref()
  return {
    has: (nonce) => recent.has(nonce) || earlier.has(nonce),
    add: (nonce) => void recent.add(nonce),
    ageMs: catchUp.ageMs,
    async close() {
      clearInterval(timer)
      await leave()
      await catchUp.close()
    },
  }
}
