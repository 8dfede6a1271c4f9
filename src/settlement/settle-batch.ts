import { NO_ACCUMULATORS, type ParameterBook, type SettledBenefits } from '../benefits/index.ts'
import type { InstitutionFacts } from '../institutions/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { negFen, ZERO_FEN } from '../kernel/money.ts'
import { localDate, localYear } from '../kernel/time.ts'
import { openWindows, postJournals, type WindowOf } from '../ledger/index.ts'
import { type ClaimAnswerRow, markAnswered } from './claim-store.ts'
import type { FindInsurances, Institutions, PersonInsurance } from './ports.ts'
import { postingOf } from './posting.ts'
import { benefitReason, careNotOffered, notInsured, notRecognised } from './reasons.ts'
import { insertResults } from './result-store.ts'
import { calculate, clearingType, offersCare } from './rules.ts'
import type { AccountBook, Bill, PendingClaim, Reason, Result, YearBook, YearKey } from './types.ts'
import {
  type AccountMove,
  ensureYears,
  moveAccounts,
  moveYears,
  readAccounts,
  readYears,
  type YearMove,
  yearName,
} from './year-store.ts'

/** What settling needs; the register and the policy are in memory. */
export interface SettleDeps extends Pick<Deps, 'clock'> {
  readonly institutions: Institutions
  readonly findInsurances: FindInsurances
  readonly book: () => ParameterBook
}

/** A bill whose person and institution are in order, or every reason why they are not. */
export type Checked<B extends Bill> =
  | {
      readonly bill: B
      readonly insurance: PersonInsurance
      readonly facts: InstitutionFacts
      readonly reasons?: never
    }
  | { readonly bill: B; readonly insurance: PersonInsurance | undefined; readonly reasons: readonly Reason[] }

/** Looks up persons (one query for all) and institutions (in memory) as of each bill's own day. */
export async function checkBills<B extends Bill>(
  db: Parameters<FindInsurances>[0],
  deps: SettleDeps,
  bills: readonly B[],
): Promise<readonly Checked<B>[]> {
  const dates = bills.map((bill) => localDate(bill.setlTime))
  const insurances = await deps.findInsurances(
    db,
    bills.map((bill, at) => ({ personId: bill.personId, date: dates[at] as string })),
  )
  return bills.map((bill, at) => {
    const date = dates[at] as string
    const insurance = insurances[at]
    if (insurance === undefined) return { bill, insurance, reasons: [notInsured(date)] }
    const recognition = deps.institutions.recognitionAt(bill.institution, insurance.insuredCity, date)
    const facts = deps.institutions.factsAt(bill.institution, date)
    const reasons = recognition.reasons.map(notRecognised)
    if (facts !== undefined && !offersCare(facts.kind, bill.medType))
      reasons.push(careNotOffered(bill.medType, facts.kind))
    if (!recognition.recognised || facts === undefined || reasons.length > 0) return { bill, insurance, reasons }
    return { bill, insurance, facts }
  })
}

export const yearKeyOf = (bill: Bill, insurance: PersonInsurance): YearKey => ({
  personId: bill.personId,
  insuredCity: insurance.insuredCity,
  year: localYear(bill.setlTime),
  insutype: insurance.insutype,
})

export const accountName = (key: { personId: string; insuredCity: string }): string =>
  `${key.personId}/${key.insuredCity}`

/**
 * Settles locked claims in the caller's transaction: amounts, funds, traces, accumulators, accounts, journal, answers.
 * The number of statements does not depend on the number of claims. Lock order: claims, accumulators by key, accounts
 * by key, window, ledger counters; a reversal keeps the same order. A person whose rows another transaction holds is
 * not waited for: the other persons' claims would wait as well.
 *
 * @returns the persons whose claims stay pending for that reason
 */
export async function settleClaims(
  tx: Tx,
  deps: SettleDeps,
  claims: readonly PendingClaim[],
): Promise<ReadonlySet<string>> {
  const now = deps.clock.now()
  const checked = await checkBills(tx, deps, claims)
  const ready = checked.filter((one) => one.reasons === undefined)
  const desk = await openDesk(
    tx,
    deps,
    ready.map((one) => ({ bill: one.bill, key: yearKeyOf(one.bill, one.insurance) })),
  )

  const answers: ClaimAnswerRow[] = []
  const results: (Result & { trace: SettledBenefits['trace'] })[] = []
  for (const one of checked) {
    if (desk.busy.has(one.bill.personId)) continue
    const ref = { personId: one.bill.personId, claimId: one.bill.id, insuredCity: one.insurance?.insuredCity ?? null }
    const outcome = one.reasons ?? settleOne(one.bill, one.insurance, one.facts, desk, deps.book())
    if (Array.isArray(outcome)) {
      answers.push({ ...ref, reasons: outcome as readonly Reason[] })
    } else {
      answers.push({ ...ref, reasons: [] })
      results.push(outcome as Result & { trace: SettledBenefits['trace'] })
    }
  }
  if (results.length > 0) {
    await insertResults(tx, results, now)
    await moveYears(tx, desk.yearMoves, now)
    await moveAccounts(tx, desk.accountMoves, now)
  }
  await markAnswered(tx, answers, now)
  await postJournals(tx, results.map(postingOf), now)
  return desk.busy
}

/** The persons' state under lock, moved in memory claim by claim and written once. */
interface Desk {
  /** Persons whose rows another transaction holds. */
  readonly busy: ReadonlySet<string>
  readonly years: Map<string, YearBook>
  readonly accounts: Map<string, AccountBook>
  readonly windowOf: WindowOf
  readonly yearMoves: YearMove[]
  readonly accountMoves: AccountMove[]
}

async function openDesk(
  tx: Tx,
  deps: SettleDeps,
  ready: readonly { readonly bill: Bill; readonly key: YearKey }[],
): Promise<Desk> {
  const years = new Map<string, YearBook>()
  const accounts = new Map<string, AccountBook>()
  const moves = { yearMoves: [], accountMoves: [] }
  if (ready.length === 0) return { busy: new Set(), years, accounts, windowOf: nothingToBook, ...moves }
  const keys = [...new Map(ready.map((one) => [yearName(one.key), one.key])).values()]
  await ensureYears(tx, keys)
  for (const year of await readYears(tx, keys, 'skip')) years.set(yearName(year), year)
  const busy = new Set(keys.filter((key) => !years.has(yearName(key))).map((key) => key.personId))
  // Of everybody: also where the account does not pay, balc says what it holds.
  const owners = [
    ...new Map(keys.filter((key) => !busy.has(key.personId)).map((key) => [accountName(key), key])).values(),
  ]
  for (const account of await readAccounts(tx, owners, 'skip')) accounts.set(accountName(account), account)
  const without = owners.filter((key) => !accounts.has(accountName(key)))
  // Who has no account is not among those found without a lock; who has one is held elsewhere.
  for (const held of without.length === 0 ? [] : await readAccounts(tx, without, 'none')) busy.add(held.personId)
  const windowOf = await openWindows(
    tx,
    ready.map((one) => one.bill.setlTime),
    deps.clock.now(),
  )
  return { busy, years, accounts, windowOf, ...moves }
}

const nothingToBook: WindowOf = () => {
  throw new Error('nothing to book')
}

function settleOne(
  bill: PendingClaim,
  insurance: PersonInsurance,
  facts: InstitutionFacts,
  desk: Desk,
  book: ParameterBook,
): readonly Reason[] | (Result & { trace: SettledBenefits['trace'] }) {
  const key = yearKeyOf(bill, insurance)
  const year = desk.years.get(yearName(key)) ?? { ...key, accumulators: NO_ACCUMULATORS, moves: 0n }
  const account = desk.accounts.get(accountName(key))
  const verdict = calculate(
    { bill, insurance, facts, accumulators: year.accumulators, balance: account?.balance ?? ZERO_FEN },
    book,
  )
  if (verdict.refused) return verdict.refused.map(benefitReason)

  const id = newId<'settlement'>()
  const no = year.moves + 1n
  const after = verdict.accumulatorsAfter
  desk.years.set(yearName(key), { ...year, accumulators: after, moves: no })
  desk.yearMoves.push({ ...key, seq: no, resultId: id, movements: verdict.movements, after })
  if (account !== undefined && verdict.shares.acctPay !== ZERO_FEN) {
    const moved = { ...account, balance: verdict.shares.balc, moves: account.moves + 1n }
    desk.accounts.set(accountName(key), moved)
    desk.accountMoves.push({
      personId: key.personId,
      insuredCity: key.insuredCity,
      seq: moved.moves,
      resultId: id,
      amount: negFen(verdict.shares.acctPay),
      after: moved.balance,
    })
  }
  return {
    ...key,
    id,
    claimId: bill.id,
    kind: 'settlement',
    originalId: null,
    institution: bill.institution,
    treatmentCity: bill.treatmentCity,
    psnType: insurance.psnType,
    medType: bill.medType,
    clrType: clearingType(bill.medType),
    no,
    setlTime: bill.setlTime,
    month: desk.windowOf(bill.setlTime),
    shares: verdict.shares,
    lines: verdict.lines,
    details: verdict.details,
    movements: verdict.movements,
    accumulatorsAfter: after,
    verified: verdict.verified,
    trace: verdict.trace,
  }
}
