import { encodeTrace, type ParameterBook } from '../benefits/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { negFen, subFen, ZERO_FEN } from '../kernel/money.ts'
import { openWindows, postJournals, type WindowOf } from '../ledger/index.ts'
import { moveAccounts } from './account-store.ts'
import { checkBills } from './check-bills.ts'
import { type CheckedBill, computeBill } from './compute-bill.ts'
import { type Desk, openDesk, yearKeyOf } from './desk.ts'
import type { FindGroups, FindInsurances, Institutions } from './ports.ts'
import { postingOf } from './posting.ts'
import { finishClaims, insertResults, type NewResult, type Refusal } from './result-store.ts'
import { clearingType } from './rules.ts'
import type { PendingClaim, Reason } from './types.ts'
import { writeYears } from './year-store.ts'

/** What settling needs; the register and the policy are in memory. */
export interface SettleDeps extends Pick<Deps, 'clock'> {
  readonly institutions: Institutions
  readonly findInsurances: FindInsurances
  readonly findGroups: FindGroups
  readonly book: () => ParameterBook
}

/**
 * Settles locked claims in the caller's transaction: amounts, funds, traces, accumulators, accounts, journal, answers.
 * The number of statements does not depend on the number of claims. Lock order: claims, accumulators by key, accounts
 * by key, window, ledger counters; a reversal keeps the same order and may wait for each. A person whose rows another
 * transaction holds is not waited for here: the other persons' claims would wait as well.
 *
 * @returns the persons whose claims stay pending for that reason
 */
export async function settleClaims(
  tx: Tx,
  deps: SettleDeps,
  claims: readonly PendingClaim[],
): Promise<ReadonlySet<string>> {
  const now = deps.clock.now()
  const [checked, groups] = await Promise.all([
    checkBills(tx, deps, claims),
    deps.findGroups(tx, [...new Set(claims.map((claim) => claim.personId))]),
  ])
  const ready = checked.filter((one) => one.reasons === undefined)
  const times = ready.map((one) => one.bill.setlTime)
  // Neither waits for anybody: what is held elsewhere is left out, and a window is shared.
  const [desk, windowOf] = await Promise.all([
    openDesk(tx, groups, ready, 'skip'),
    ready.length === 0 ? nothingToBook : openWindows(tx, times, now),
  ])

  const answered: string[] = []
  const refusals: Refusal[] = []
  const results: NewResult[] = []
  for (const one of checked) {
    if (desk.busy.has(one.bill.personId)) continue
    const outcome = one.reasons ?? settleOne(one, desk, deps.book(), windowOf)
    answered.push(one.bill.id)
    if ('shares' in outcome) results.push(outcome)
    else {
      const insuredCity = one.insurance?.insuredCity ?? null
      refusals.push({ personId: one.bill.personId, claimId: one.bill.id, insuredCity, reasons: outcome })
    }
  }
  const states = desk.years()
  // Sent together, run in this order; whatever fails, the transaction is undone.
  const [, written] = await Promise.all([
    results.length === 0 ? undefined : insertResults(tx, results, now),
    writeYears(tx, states),
    moveAccounts(tx, desk.accountMoves, now),
    finishClaims(tx, answered, refusals, now),
    postJournals(tx, results.map(postingOf), now),
  ])
  if (written < states.length) throw begunElsewhere()
  return desk.busy
}

const nothingToBook: WindowOf = () => {
  throw new Error('nothing to book')
}

/** Another transaction wrote the first settlement of a person's year: with its row there to lock, this one is done again. */
const begunElsewhere = (): Error =>
  Object.assign(new Error('the year of a person was begun by another transaction'), { code: '40001' })

function settleOne(
  one: CheckedBill & { readonly bill: PendingClaim },
  desk: Desk,
  book: ParameterBook,
  windowOf: WindowOf,
): readonly Reason[] | NewResult {
  const computed = computeBill(desk, one, book)
  if (computed.reasons !== undefined) return computed.reasons
  const { bill, insurance } = one
  const { settled: verdict, accounts } = computed
  const { own, family } = accounts
  const id = newId<'settlement'>()
  const { shares } = verdict
  if (own !== undefined) desk.moveAccount(own, id, negFen(subFen(shares.acctPay, shares.acctMulaidPay)))
  if (family !== undefined) desk.moveAccount(family, id, negFen(shares.acctMulaidPay))
  return {
    ...yearKeyOf(one),
    id,
    claimId: bill.id,
    kind: 'settlement',
    originalId: null,
    institution: bill.institution,
    treatmentCity: bill.treatmentCity,
    psnType: insurance.psnType,
    medType: bill.medType,
    clrType: clearingType(bill.medType),
    no: desk.moveYear(one, verdict.movements),
    setlTime: bill.setlTime,
    month: windowOf(bill.setlTime),
    shares,
    details: verdict.details,
    movements: verdict.movements,
    verified: verdict.verified,
    waived: insurance.insuredCity !== bill.treatmentCity,
    accountHolder: shares.acctMulaidPay === ZERO_FEN ? null : (family?.personId ?? null),
    trace: encodeTrace(verdict.trace),
  }
}
