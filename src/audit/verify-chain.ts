import type { Db } from '../kernel/db.ts'
import type { ChainPoint } from './chain.ts'
import { countPending, pendingWithoutEvent, readHead, readLinks, scanForUnlinked, toRecord } from './store.ts'
import { type ChainEntry, type ChainVerdict, type VerifyOptions, verifyRecords } from './verify-records.ts'

const BATCH = 2000

/** The verdict on the stored chain; `waiting` events are written but not chained yet. */
export type StoredChainVerdict = ChainVerdict & { readonly waiting: number }

/**
 * Checks the stored chain from `from` to its present end, then that no event stands outside of it. It only reads,
 * and the log may grow meanwhile.
 */
export async function verifyChain(db: Db, options: VerifyOptions = {}): Promise<StoredChainVerdict> {
  const verdict = await verifyRecords(readChain(db, options.from), options)
  const waiting = await countPending(db)
  if (verdict.ok && (await isIncomplete(db))) {
    return { ok: false, seq: verdict.head.seq + 1, kind: 'removed', waiting }
  }
  return { ...verdict, waiting }
}

/** The last link: what to keep in a second place, every day and at each city. */
export async function readChainHead(db: Db): Promise<ChainPoint> {
  return await readHead(db)
}

/** The chain up to where it ends now, in batches by key: memory does not grow with the log. */
export async function* readChain(db: Db, from?: ChainPoint): AsyncGenerator<ChainEntry> {
  const end = (await readHead(db)).seq
  let after = from?.seq ?? 0
  while (after < end) {
    const rows = await readLinks(db, after, Math.min(BATCH, end - after))
    if (rows.length === 0) return
    for (const row of rows) {
      const seq = Number(row.seq)
      const record = row.eventNo === null ? 'missing' : toRecord(seq, row)
      yield { seq, alg: row.alg, hash: row.hash, record }
      after = seq
    }
  }
}

/** An event without its link, or a place on the waiting list without its event, means that something was taken out. */
async function isIncomplete(db: Db): Promise<boolean> {
  if (await pendingWithoutEvent(db)) return true
  let after = 0n
  for (;;) {
    const { last, unlinked } = await scanForUnlinked(db, after, 10 * BATCH)
    if (unlinked > 0n) return true
    if (last === null) return false
    after = last
  }
}
