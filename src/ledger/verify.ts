import type { Database, Db } from '../kernel/db.ts'
import { formatFen } from '../kernel/money.ts'
import {
  BEFORE_ALL,
  countJournals,
  findLooseSeals,
  type Link,
  type Place,
  readBatches,
  type SealBatch,
  type Stretch,
} from './chain-store.ts'
import { findOpenGuards } from './guard-store.ts'
import { checkSeals, createHeads } from './verify-chain.ts'
import {
  closeRecount,
  compareBalances,
  estimateJournals,
  findFalseReversals,
  findUnbalanced,
  findUnequalPairs,
  findUnregistered,
  openRecount,
  type RecountedTotal,
  readAllTotals,
  recountBalances,
  recountTotals,
} from './verify-store.ts'

/** One thing that is not as it must be; `what` is a sentence for a person. */
export interface LedgerFault {
  readonly kind: 'unbalanced' | 'unregistered' | 'reversal' | 'chain' | 'counter' | 'balance' | 'pair' | 'guard'
  readonly what: string
}

export interface LedgerReport {
  readonly ok: boolean
  readonly journals: number
  readonly sealed: number
  readonly faults: readonly LedgerFault[]
  /** True where faults of a kind were too many to be listed. */
  readonly more: boolean
  /** The last link of each book and month: kept elsewhere, they show that the end was cut off or all was hashed anew. */
  readonly heads: readonly Link[]
}

export interface VerifyOptions {
  /** Told after each step how many journals are done, and how many there are by estimate. */
  readonly progress?: (done: number, of: number) => void
  /** Links that were kept elsewhere. */
  readonly anchors?: readonly Omit<Link, 'no'>[]
}

/** Faults listed of each kind in a step: whoever planted more is found by the first as well. */
const LISTED = 20
const BATCHES = 100

/**
 * Proves the whole ledger from its journals: each sums to zero in each book, stands on registered accounts, and is what its
 * book's chain says; reversals mirror what they take back; the windows' counters and the balances by day are what the
 * entries give; what one city owes is what the other claims. Sealed batches are read one by one, so memory does not grow
 * with the ledger and nothing is held up; what was written meanwhile is compared at the end in one snapshot.
 */
export async function verifyLedger(db: Database, options: VerifyOptions = {}): Promise<LedgerReport> {
  return await db.connection().execute(async (one) => {
    const proof = createProof(await estimateJournals(one), options)
    await openRecount(one)
    try {
      await proof.readSealed(one)
      await one
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (snapshot) => {
          await proof.readSealed(snapshot)
          await proof.readRest(snapshot)
        })
    } finally {
      await closeRecount(one)
    }
    return proof.report()
  })
}

function createProof(estimate: number, { progress, anchors = [] }: VerifyOptions) {
  const faults: LedgerFault[] = []
  const totals = new Map<string, RecountedTotal>()
  const heads = createHeads(anchors)
  const at = { no: 0n, place: BEFORE_ALL as Place, journals: 0, sealed: 0, more: false }

  const add = (kind: LedgerFault['kind'], found: readonly string[]): void => {
    if (found.length >= LISTED) at.more = true
    faults.push(...found.map((what) => ({ kind, what })))
  }

  const checkStretch = async (db: Db, stretch: Stretch): Promise<void> => {
    add(
      'unbalanced',
      (await findUnbalanced(db, stretch, LISTED)).map(
        (one) => `journal ${one.bizId} does not sum to zero in the book ${one.book}`,
      ),
    )
    add(
      'unregistered',
      (await findUnregistered(db, stretch, LISTED)).map(
        (one) => `journal ${one.bizId} names an account that the book ${one.book} does not have`,
      ),
    )
    add(
      'reversal',
      (await findFalseReversals(db, stretch, LISTED)).map(
        (id) => `reversal ${id} is not the opposite of what it takes back, or not the only one`,
      ),
    )
    for (const one of await recountTotals(db, stretch)) {
      const before = totals.get(one.key)
      totals.set(one.key, before === undefined ? one : addTotal(before, one))
    }
    await recountBalances(db, stretch)
  }

  const checkBatch = async (db: Db, batch: SealBatch): Promise<void> => {
    if (batch.no !== at.no + 1n) add('chain', [`batch ${at.no + 1n} of the seals was removed`])
    const stretch = { after: at.place, through: batch.through }
    add('chain', await checkSeals(db, heads, batch, stretch))
    await checkStretch(db, stretch)
    const journals = await countJournals(db, stretch)
    if (journals !== batch.journals) {
      add('chain', [`batch ${batch.no} was sealed with ${batch.journals} journals and has ${journals}`])
    }
    at.no = batch.no
    at.place = batch.through
    at.journals += journals
    at.sealed += journals
    progress?.(at.journals, Math.max(estimate, at.journals))
  }

  return {
    async readSealed(db: Db): Promise<void> {
      for (;;) {
        const batches = await readBatches(db, at.no, BATCHES)
        for (const batch of batches) await checkBatch(db, batch)
        if (batches.length < BATCHES) return
      }
    },

    /** In one snapshot: the journals not sealed yet, and all that is kept beside the journals. */
    async readRest(db: Db): Promise<void> {
      add(
        'balance',
        (await compareBalances(db, LISTED)).map(
          ({ account, day, kept, counted }) =>
            `balance of ${account} on ${day}: kept ${kept === null ? 'nothing' : formatFen(kept)}, entries give ${counted === null ? 'nothing' : formatFen(counted)}`,
        ),
      )
      const rest = { after: at.place, through: undefined }
      await checkStretch(db, rest)
      at.journals += await countJournals(db, rest)
      add('counter', differences(totals, await readAllTotals(db)))
      add(
        'pair',
        (await findUnequalPairs(db)).map(
          ({ pair, difference }) => `due_to and due_from of ${pair} differ by ${formatFen(difference)}`,
        ),
      )
      add('chain', await findLooseSeals(db))
      add('chain', heads.missing())
      add('guard', await findOpenGuards(db))
      progress?.(at.journals, at.journals)
    },

    report: (): LedgerReport => ({
      ok: faults.length === 0,
      journals: at.journals,
      sealed: at.sealed,
      faults,
      more: at.more,
      heads: heads.all(),
    }),
  }
}

const addTotal = (one: RecountedTotal, other: RecountedTotal): RecountedTotal => ({
  key: one.key,
  amount: (one.amount + other.amount) as RecountedTotal['amount'],
  settlements: one.settlements + other.settlements,
  reversals: one.reversals + other.reversals,
})

const told = (one: RecountedTotal | undefined): string =>
  one === undefined ? 'nothing' : `${formatFen(one.amount)} (${one.settlements} settled, ${one.reversals} reversed)`

function differences(counted: ReadonlyMap<string, RecountedTotal>, kept: readonly RecountedTotal[]): string[] {
  const ours = new Map(kept.map((one) => [one.key, one]))
  return [...new Set([...counted.keys(), ...ours.keys()])]
    .sort()
    .filter((key) => told(counted.get(key)) !== told(ours.get(key)))
    .map((key) => `counter ${key}: kept ${told(ours.get(key))}, entries give ${told(counted.get(key))}`)
}
