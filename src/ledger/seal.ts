import type { HashAlgorithm } from '../kernel/crypto/index.ts'
import type { Database } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { inTx } from '../kernel/tx.ts'
import { chainName, GENESIS_HASH, linkHash } from './chain.ts'
import {
  addToBalances,
  BEFORE_ALL,
  countJournals,
  findSealable,
  insertSeals,
  isBehind,
  lockChain,
  readHeads,
  readLastBatch,
  readParts,
  type Seal,
} from './chain-store.ts'

export interface SealOptions {
  /** Hash of new links; each names its own, so a change does not break the chain. */
  readonly alg?: HashAlgorithm
  /** Journals per transaction: their text is held in memory, some 300 bytes each. */
  readonly batch?: number
}

/**
 * Chains what is written and not chained yet, and adds it to the balances by day, batch by batch. Any number of processes
 * may call it: one seals at a time. Journals of transactions that are still open, or began before one that is, wait for
 * the next call.
 *
 * @returns how many journals this call sealed
 */
export async function sealLedger(db: Database, now: Date, options: SealOptions = {}): Promise<number> {
  const { alg = 'SHA-256', batch = 5000 } = options
  let total = 0
  for (;;) {
    const sealed = await sealBatch(db, now, alg, batch)
    total += sealed
    if (sealed < batch) return total
  }
}

/** Seals by the clock: within these seconds someone with full rights on the database could remove a journal unseen. */
export function ledgerSealing(deps: Pick<Deps, 'db' | 'clock'>): Periodic {
  return {
    name: 'ledger.seal',
    everyMs: 2000,
    run: async () => {
      await sealLedger(deps.db, deps.clock.now())
    },
  }
}

function sealBatch(db: Database, now: Date, alg: HashAlgorithm, limit: number): Promise<number> {
  return inTx(
    db,
    async (tx) => {
      await lockChain(tx)
      const last = await readLastBatch(tx)
      const after = last?.through ?? BEFORE_ALL
      const through = await findSealable(tx, after, limit)
      if (through === undefined) {
        if (last !== undefined && (await isBehind(tx, after))) {
          throw new Error(
            `the server counts transactions anew (restored from a dump?): nothing is sealed until it is past ${after}, see docs/decisions/0022`,
          )
        }
        return 0
      }
      const stretch = { after, through }
      const parts = await readParts(tx, stretch)
      const heads = new Map((await readHeads(tx)).map((head) => [chainName(head), head]))
      const batch = (last?.no ?? 0n) + 1n
      const seals = parts.map((part): Seal => {
        const head = heads.get(chainName(part))
        const no = (head?.no ?? 0n) + 1n
        const { book, month, journals } = part
        return { book, month, no, batch, journals, alg, hash: linkHash(alg, head?.hash ?? GENESIS_HASH, no, part) }
      })
      const journals = await countJournals(tx, stretch)
      await insertSeals(tx, { no: batch, through, journals }, seals, now)
      await addToBalances(tx, stretch)
      return journals
    },
    // Each statement must see what the holder of the lock before committed.
    { isolation: 'read committed' },
  )
}
