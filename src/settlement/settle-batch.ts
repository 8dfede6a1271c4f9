import type { ParameterBook, SettledBenefits } from '../benefits/index.ts'
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
import { benefitReason, notInsured, notRecognised } from './reasons.ts'
import { insertResults } from './result-store.ts'
import { calculate, clearingType, NO_ACCUMULATORS } from './rules.ts'
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
    if (!recognition.recognised || facts === undefined) {
      return { bill, insurance, reasons: recognition.reasons.map(notRecognised) }
    }
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
 * by key, window, ledger counters; a reversal keeps the same order.
 */
export async function settleClaims(tx: Tx, deps: SettleDeps, claims: readonly PendingClaim[]): Promise<void> {
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
}

/** The persons' state under lock, moved in memory claim by claim and written once. */
interface Desk {
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
  const desk: Desk = {
    years: new Map(),
    accounts: new Map(),
    windowOf: () => {
      throw new Error('nothing to book')
    },
    yearMoves: [],
    accountMoves: [],
  }
  if (ready.length === 0) return desk
  const keys = [...new Map(ready.map((one) => [yearName(one.key), one.key])).values()]
  await ensureYears(tx, keys)
  for (const year of await readYears(tx, keys, true)) desk.years.set(yearName(year), year)
  const paying = ready.filter((one) => one.bill.acctUsedFlag === '1').map((one) => one.key)
  if (paying.length > 0) {
    const owners = [...new Map(paying.map((key) => [accountName(key), key])).values()]
    for (const account of await readAccounts(tx, owners, true)) desk.accounts.set(accountName(account), account)
  }
  const windowOf = await openWindows(
    tx,
    ready.map((one) => one.bill.setlTime),
    deps.clock.now(),
  )
  return { ...desk, windowOf }
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
  const account = bill.acctUsedFlag === '1' ? desk.accounts.get(accountName(key)) : undefined
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
