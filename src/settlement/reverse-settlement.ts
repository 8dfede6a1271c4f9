import { addAccumulators, decodeTrace, reverseBenefits } from '../benefits/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { addFen, subFen, ZERO_FEN } from '../kernel/money.ts'
import { inTx } from '../kernel/tx.ts'
import { openWindows, postJournals } from '../ledger/index.ts'
import { idsOfPeople } from '../people/index.ts'
import { insertKey } from './accept-store.ts'
import { moveAccounts, readAccounts } from './account-store.ts'
import { findClaim } from './claim-store.ts'
import { settlementError } from './errors.ts'
import { postingOf } from './posting.ts'
import { replaceFlags } from './resettle-store.ts'
import { insertResults, readResult } from './result-store.ts'
import { type Outdated, type Review, reviewYear } from './rules.ts'
import { audit, findEarlier, type Keyed } from './submit-claim.ts'
import type { AccountBook, ClaimRef, Result } from './types.ts'
import { readFirstReversed, readYearEvents, type WholeYear } from './year-history-store.ts'
import { readYears, writeYears } from './year-store.ts'

export type ReverseDeps = Pick<Deps, 'clock'>

export interface Reversed {
  readonly reversal: Result
  readonly replayed: boolean
}

/**
 * Takes a settlement back whole (2208, 2305, 2103): every amount negated as it was stored, accumulators and account
 * returned, the journal reversed in the window open now, and later settlements of the year that would come out differently
 * flagged. One transaction; the caller's key and the unique key on the original decide over repeats and rivals.
 */
export async function reverseSettlement(
  deps: ReverseDeps & Pick<Deps, 'db'>,
  keyed: Keyed,
  claimId: string,
): Promise<Reversed> {
  return await inTx(deps.db, async (tx) => await reverseSettlementIn(tx, deps, keyed, claimId))
}

/** The same in the caller's transaction, for a caller that changes something of its own with it. */
export async function reverseSettlementIn(tx: Tx, deps: ReverseDeps, keyed: Keyed, claimId: string): Promise<Reversed> {
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
}

async function reverse(tx: Tx, ref: ClaimRef, now: Date): Promise<Result> {
  const original = await readResult(tx, ref, 'settlement')
  if (original === undefined) throw new Error('a settled claim has its settlement')
  const ids = (await idsOfPeople(tx, [original.personId])).get(original.personId) ?? [original.personId]
  const whole: WholeYear = {
    personIds: ids,
    year: original.year,
    insuredCity: original.insuredCity,
    insutype: original.insutype,
  }
  // The same rows in the same order as a settlement locks them, over all ids of a merged person.
  const years = await readYears(
    tx,
    ids.map((personId) => ({ ...whole, personId })),
    'wait',
  )
  const year = years.find((one) => one.personId === original.personId)
  if (year === undefined) throw new Error('a settlement has its accumulators')
  const { insuredCity } = original
  const owners = [...ids, ...(original.accountHolder === null ? [] : [original.accountHolder])]
  const accounts = await readAccounts(
    tx,
    owners.map((personId) => ({ personId, insuredCity })),
    'wait',
  )
  // Read after the lock: a rival that held it has committed, and its reversal is seen.
  if ((await readResult(tx, ref, 'reversal')) !== undefined) {
    throw settlementError('already-reversed', { detail: 'A settlement is reversed once; settle again instead.' })
  }
  const own = [original.personId, ...ids]
    .map((personId) => accounts.find((one) => one.personId === personId))
    .find((one) => one !== undefined)
  const family =
    original.accountHolder === null ? undefined : accounts.find((one) => one.personId === original.accountHolder)
  const windowOf = await openWindows(tx, [now], now)
  const negated = reverseBenefits(original, (family ?? own)?.balance ?? ZERO_FEN)
  const no = years.reduce((last, one) => (one.moves > last ? one.moves : last), 0n) + 1n
  const reversal: Result = {
    ...original,
    ...negated,
    id: newId<'settlement'>(),
    kind: 'reversal',
    originalId: original.id,
    no,
    setlTime: now,
    month: windowOf(now),
  }
  await insertResults(tx, [{ ...reversal, trace: null }], now)
  const used = addAccumulators(year.accumulators, negated.movements)
  const { personId, insutype } = original
  const state = {
    personId,
    insuredCity,
    year: original.year,
    insutype,
    before: year.moves,
    fresh: false,
    moves: no,
    used,
  }
  if ((await writeYears(tx, [state])) !== 1) throw new Error('a locked year changed')
  const { acctPay, acctMulaidPay } = original.shares
  await moveAccounts(
    tx,
    [
      ...(own === undefined ? [] : [moveOf(own, reversal.id, subFen(acctPay, acctMulaidPay))]),
      ...(family === undefined ? [] : [moveOf(family, reversal.id, acctMulaidPay)]),
    ].filter((move) => move.amount !== ZERO_FEN),
    now,
  )
  await replaceFlags(tx, whole, await findOutdated(tx, whole), { reversalId: reversal.id, at: now })
  await postJournals(tx, [postingOf(reversal)], now)
  return reversal
}

const moveOf = (account: AccountBook, resultId: string, amount: Result['shares']['acctPay']) => ({
  personId: account.personId,
  insuredCity: account.insuredCity,
  seq: account.moves + 1n,
  resultId,
  amount,
  after: addFen(account.balance, amount),
})

/** A page is at most about a megabyte of traces. */
const EVENTS_A_PAGE = 20

/** Settlements of the year that would come out differently today; reads nothing before the first that was taken back. */
async function findOutdated(tx: Tx, whole: WholeYear): Promise<readonly Outdated[]> {
  const first = await readFirstReversed(tx, whole)
  if (first === undefined) throw new Error('the reversal under way is one')
  // What it read: the year as those before it had left it.
  let review: Review = { accumulators: decodeTrace(first.trace).claim.accumulators, outdated: [] }
  for (let from = { at: first.at, no: first.no }; ; ) {
    const page = await readYearEvents(tx, whole, from, EVENTS_A_PAGE)
    review = reviewYear(review, page)
    const last = page.at(-1)
    if (last === undefined || page.length < EVENTS_A_PAGE) return review.outdated
    from = { at: last.at, no: last.no + 1n }
  }
}
