import type { HashAlgorithm } from '../kernel/crypto/index.ts'
import type { Database } from '../kernel/db.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { inTx } from '../kernel/tx.ts'
import { linkHash } from './chain.ts'
import { deletePending, insertLinks, lockChain, type NewLink, readHead, readPending, toRecord } from './store.ts'

export interface SealOptions {
  /** Hash of new links; each link stores its own, so a change of algorithm does not break the chain. */
  readonly alg?: HashAlgorithm
  /** Events per transaction: large enough to spread the commit, small enough to hold the lock for milliseconds. */
  readonly batch?: number
}

/**
 * Chains what waits, batch by batch. When it returns, every event that was committed before the call is in the
 * chain. Any number of processes may call it: the advisory lock lets one seal at a time.
 *
 * @returns how many events this call chained
 */
export async function sealAudit(db: Database, options: SealOptions = {}): Promise<number> {
  const { alg = 'SHA-256', batch = 1000 } = options
  let total = 0
  for (;;) {
    const sealed = await sealBatch(db, alg, batch)
    total += sealed
    if (sealed < batch) return total
  }
}

/**
 * Seals by the clock. A second is the window in which someone with full rights on the database could remove an
 * event without leaving a gap.
 */
export function auditSealing(db: Database, options: SealOptions = {}): Periodic {
  return {
    name: 'audit.seal',
    everyMs: 1000,
    run: async () => {
      await sealAudit(db, options)
    },
  }
}

function sealBatch(db: Database, alg: HashAlgorithm, batch: number): Promise<number> {
  return inTx(
    db,
    async (tx) => {
      await lockChain(tx)
      const rows = await readPending(tx, batch)
      if (rows.length === 0) return 0
      let { seq, hash } = await readHead(tx)
      const links = rows.map((row): NewLink => {
        seq += 1
        hash = linkHash(alg, hash, toRecord(seq, row))
        return { seq, eventNo: row.eventNo, hash }
      })
      await insertLinks(tx, alg, links)
      await deletePending(
        tx,
        links.map((link) => link.eventNo),
      )
      return links.length
    },
    // Each statement must see what the previous holder of the lock committed.
    { isolation: 'read committed' },
  )
}
