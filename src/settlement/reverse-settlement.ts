import { addAccumulators, reverseBenefits } from '../benefits/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { ZERO_FEN } from '../kernel/money.ts'
import { inTx } from '../kernel/tx.ts'
import { openWindows, postJournals } from '../ledger/index.ts'
import { findClaim, insertKey } from './claim-store.ts'
import { settlementError } from './errors.ts'
import { postingOf } from './posting.ts'
import { replaceFlags } from './resettle-store.ts'
import { insertResults, readResult } from './result-store.ts'
import { type Outdated, type Review, reviewYear } from './rules.ts'
import { audit, findEarlier, type Keyed } from './submit-claim.ts'
import type { AccountBook, ClaimRef, Result, YearBook, YearKey } from './types.ts'
import { readFirstReversed, readYearEvents } from './year-history-store.ts'
import { moveAccounts, moveYears, readAccounts, readYears } from './year-store.ts'

/**
 * Takes a settlement back whole (2208): every amount negated as it was stored, accumulators and account returned, the
 * journal reversed in the window open now, and later settlements of the year that would come out differently flagged.
 * One transaction; the caller's key and the unique key on the original decide over repeats and rivals.
 */
export async function reverseSettlement(
  deps: Pick<Deps, 'db' | 'clock'>,
  keyed: Keyed,
  claimId: string,
): Promise<{ readonly reversal: Result; readonly replayed: boolean }> {
  return await inTx(deps.db, async (tx) => {
    const claim = await findClaim(tx, claimId, { institution: keyed.institution })
    if (claim === undefined) throw settlementError('claim-not-found', { detail: 'Your institution has no such claim.' })
    const now = deps.clock.now()
    if (!(await insertKey(tx, { ...keyed, personId: claim.personId, claimId: claim.claimId, kind: 'reversal' }, now))) {
      const earlier = await findEarlier(tx, keyed, 'reversal')
      const stored = earlier && (await readResult(tx, earlier, 'reversal'))
      if (stored === undefined) throw new Error('a committed reversal key has its reversal')
      await audit(tx, deps, keyed, { action: 'settlement.repeat-reversal', ...claim })
      return { reversal: stored, replayed: true }
    }
    if (claim.state === 'pending') {
      throw settlementError('claim-pending', { detail: 'Wait for the answer first, then reverse.', retryAfter: 1 })
    }
    if (claim.state === 'refused') throw settlementError('not-settled')
    const reversal = await reverse(tx, claim, now)
    await audit(tx, deps, keyed, { action: 'settlement.reverse', ...claim })
    return { reversal, replayed: false }
  })
}

async function reverse(tx: Tx, ref: ClaimRef, now: Date): Promise<Result> {
  const original = await readResult(tx, ref, 'settlement')
  if (original === undefined) throw new Error('a settled claim has its settlement')
  const { year, account } = await lockPerson(tx, original)
  // Read after the lock: a rival that held it has committed, and its reversal is seen.
  if ((await readResult(tx, ref, 'reversal')) !== undefined) {
    throw settlementError('already-reversed', { detail: 'A settlement is reversed once; settle again instead.' })
  }
  const windowOf = await openWindows(tx, [now], now)
  const negated = reverseBenefits(original, account?.balance ?? ZERO_FEN)
  const reversal: Result = {
    ...original,
    ...negated,
    id: newId<'settlement'>(),
    kind: 'reversal',
    originalId: original.id,
    no: year.moves + 1n,
    setlTime: now,
    month: windowOf(now),
    accumulatorsAfter: addAccumulators(year.accumulators, negated.movements),
  }
  await insertResults(tx, [{ ...reversal, trace: null }], now)
  await moveYears(
    tx,
    [
      {
        ...yearOf(original),
        seq: reversal.no,
        resultId: reversal.id,
        movements: negated.movements,
        after: reversal.accumulatorsAfter,
      },
    ],
    now,
  )
  if (account !== undefined && original.shares.acctPay !== ZERO_FEN) {
    const { personId, insuredCity } = original
    await moveAccounts(
      tx,
      [
        {
          personId,
          insuredCity,
          seq: account.moves + 1n,
          resultId: reversal.id,
          amount: original.shares.acctPay,
          after: negated.shares.balc,
        },
      ],
      now,
    )
  }
  await replaceFlags(tx, original, await findOutdated(tx, original), { reversalId: reversal.id, at: now })
  await postJournals(tx, [postingOf(reversal)], now)
  return reversal
}

/** A page is at most about a megabyte of traces. */
const EVENTS_A_PAGE = 20

/** Settlements of the year that would come out differently today; reads nothing before the first that was taken back. */
async function findOutdated(tx: Tx, key: YearKey): Promise<readonly Outdated[]> {
  const first = await readFirstReversed(tx, key)
  if (first === undefined) throw new Error('the reversal under way is one')
  let review: Review = { accumulators: first.before, outdated: [] }
  for (let from = first.seq; ; ) {
    const page = await readYearEvents(tx, key, from, EVENTS_A_PAGE)
    review = reviewYear(review, page)
    const last = page.at(-1)
    if (last === undefined || page.length < EVENTS_A_PAGE) return review.outdated
    from = last.seq + 1n
  }
}

/** The same rows in the same order as a settlement locks them. */
async function lockPerson(tx: Tx, original: Result): Promise<{ year: YearBook; account: AccountBook | undefined }> {
  const [year] = await readYears(tx, [original], 'wait')
  if (year === undefined) throw new Error('a settlement has its accumulators')
  // Also where it paid nothing: balc is what the account holds.
  const [account] = await readAccounts(tx, [original], 'wait')
  return { year, account }
}

const yearOf = ({ personId, insuredCity, year, insutype }: Result) => ({ personId, insuredCity, year, insutype })
