import { type Accumulators, addAccumulators, NO_ACCUMULATORS } from '../benefits/index.ts'
import type { Db } from '../kernel/db.ts'
import { addFen, type Fen, ZERO_FEN } from '../kernel/money.ts'
import { type AccountKey, type AccountMove, accountName, readAccounts, readHolders } from './account-store.ts'
import type { FindGroups, PersonInsurance } from './ports.ts'

import { type AccountBook, type Bill, careDate, type YearBook, type YearKey } from './types.ts'
import { ensureYears, readYears, type YearState, yearName } from './year-store.ts'

/** Every id of those persons that have more than one. */
type Groups = Awaited<ReturnType<FindGroups>>

/*
 * The persons' state under lock, moved in memory claim by claim and written once. A merged person has several ids and may
 * have a year under each: they are locked together and count together, and what moves is written under the id that the claim
 * came with, so that a merge that was wrong can be parted again and every row stays the sum of its own movements.
 */

export interface DeskEntry {
  readonly bill: Bill
  readonly insurance: PersonInsurance
}

export interface Desk {
  /** Persons whose rows another transaction holds. */
  readonly busy: ReadonlySet<string>
  /** What the person's year stands at, over all their ids. */
  accumulatorsOf(entry: DeskEntry): Accumulators
  accountsOf(entry: DeskEntry): Accounts
  /** Moves the year; returns the number of the movement. */
  moveYear(entry: DeskEntry, movements: Accumulators): bigint
  moveAccount(account: AccountBook, resultId: string, amount: Fen): void
  /** Years as they are to be written. */
  years(): readonly YearState[]
  readonly accountMoves: readonly AccountMove[]
}

export interface Accounts {
  readonly own: AccountBook | undefined
  /** Of the family member whose account the person may use. */
  readonly family: AccountBook | undefined
}

export const yearKeyOf = ({ bill, insurance }: DeskEntry, personId: string = bill.personId): YearKey => ({
  personId,
  insuredCity: insurance.insuredCity,
  year: Number(careDate(bill).slice(0, 4)),
  insutype: insurance.insutype,
})

interface WholeYear {
  accumulators: Accumulators
  lastNo: bigint
  readonly rows: Map<
    string,
    { readonly before: bigint; readonly fresh: boolean; used: Accumulators; moves: bigint; dirty: boolean }
  >
}

/** Reads what the bills need: with `skip` under locks that leave out what is held elsewhere, with `none` as it stands. */
export async function openDesk(
  tx: Db,
  groups: Groups,
  entries: readonly DeskEntry[],
  lock: 'skip' | 'none',
): Promise<Desk> {
  const busy = new Set<string>()
  const years = new Map<string, WholeYear>()
  const ofBill = new Map<Bill, WholeYear>()
  const accounts = new Map<string, AccountBook>()
  const accountMoves: AccountMove[] = []
  const idsOf = (personId: string): readonly string[] => groups.get(personId) ?? [personId]
  const wholeName = (entry: DeskEntry): string => yearName(yearKeyOf(entry, idsOf(entry.bill.personId)[0]))
  let holders: ReadonlyMap<string, string> = new Map()

  const loadYears = async (): Promise<void> => {
    const keys = new Map<string, YearKey>()
    const merged: YearKey[] = []
    for (const entry of entries) {
      const ids = idsOf(entry.bill.personId)
      for (const id of ids) {
        const key = yearKeyOf(entry, id)
        keys.set(yearName(key), key)
        if (ids.length > 1) merged.push(key)
      }
    }
    // Of several ids every row is there and locked: with none of them, two claims would lock different ones.
    if (merged.length > 0 && lock === 'skip') await ensureYears(tx, merged)
    const found = new Map<string, YearBook>()
    for (const year of await readYears(tx, [...keys.values()], lock)) found.set(yearName(year), year)
    if (lock === 'skip') {
      const missing = [...keys.values()].filter((key) => !found.has(yearName(key)))
      const mergedNames = new Set(merged.map(yearName))
      for (const key of missing) if (mergedNames.has(yearName(key))) busy.add(key.personId)
      // What is there without a lock is held elsewhere; what is not is new.
      for (const held of await readYears(tx, missing, 'none')) busy.add(held.personId)
      for (const { bill } of entries) if (idsOf(bill.personId).some((id) => busy.has(id))) busy.add(bill.personId)
    }
    for (const entry of entries) {
      if (busy.has(entry.bill.personId)) continue
      const name = wholeName(entry)
      const opened = years.get(name)
      if (opened !== undefined) {
        ofBill.set(entry.bill, opened)
        continue
      }
      const whole: WholeYear = { accumulators: NO_ACCUMULATORS, lastNo: 0n, rows: new Map() }
      for (const id of idsOf(entry.bill.personId)) {
        const row = found.get(yearName(yearKeyOf(entry, id)))
        whole.rows.set(id, {
          before: row?.moves ?? 0n,
          fresh: row === undefined,
          used: row?.accumulators ?? NO_ACCUMULATORS,
          moves: row?.moves ?? 0n,
          dirty: false,
        })
        if (row === undefined) continue
        whole.accumulators =
          whole.lastNo === 0n && whole.accumulators === NO_ACCUMULATORS
            ? row.accumulators
            : addAccumulators(whole.accumulators, row.accumulators)
        if (row.moves > whole.lastNo) whole.lastNo = row.moves
      }
      years.set(name, whole)
      ofBill.set(entry.bill, whole)
    }
  }

  const loadAccounts = async (): Promise<void> => {
    const waiting = entries.filter((one) => !busy.has(one.bill.personId))
    const family = waiting.filter((one) => one.bill.acctUsedFlag === '2')
    holders = await readHolders(
      tx,
      family.flatMap(({ bill, insurance }) =>
        idsOf(bill.personId).map((personId) => ({
          personId,
          insuredCity: insurance.insuredCity,
          date: careDate(bill),
        })),
      ),
    )
    const paying = new Map<string, AccountKey>()
    for (const { bill, insurance } of waiting) {
      if (bill.acctUsedFlag === '0') continue
      const ids = idsOf(bill.personId)
      const holder = bill.acctUsedFlag === '2' ? holderOf(bill.personId) : undefined
      for (const personId of holder === undefined ? ids : [...ids, holder]) {
        const key = { personId, insuredCity: insurance.insuredCity }
        paying.set(accountName(key), key)
      }
    }
    const owners = [...paying.values()]
    for (const account of await readAccounts(tx, owners, lock)) accounts.set(accountName(account), account)
    const without = owners.filter((key) => !accounts.has(accountName(key)))
    const held = new Set((await readAccounts(tx, without, 'none')).map((one) => one.personId))
    for (const { bill } of held.size === 0 ? [] : waiting) {
      const holder = holderOf(bill.personId)
      if ([...idsOf(bill.personId), ...(holder === undefined ? [] : [holder])].some((id) => held.has(id))) {
        busy.add(bill.personId)
      }
    }
  }

  /** Also where the account does not pay, balc says what it holds. */
  const showAccounts = async (): Promise<void> => {
    const shown = new Map<string, AccountKey>()
    for (const { bill, insurance } of entries) {
      if (bill.acctUsedFlag !== '0') continue
      for (const personId of idsOf(bill.personId)) {
        const key = { personId, insuredCity: insurance.insuredCity }
        shown.set(accountName(key), key)
      }
    }
    for (const account of await readAccounts(tx, [...shown.values()], 'none'))
      accounts.set(accountName(account), account)
  }

  const holderOf = (personId: string): string | undefined =>
    idsOf(personId)
      .map((id) => holders.get(id))
      .find((one) => one !== undefined)

  if (entries.length > 0) {
    await Promise.all([loadYears(), showAccounts()])
    await loadAccounts()
  }

  const wholeOf = (entry: DeskEntry): WholeYear => {
    const whole = ofBill.get(entry.bill)
    if (whole === undefined) throw new Error('the year of this person was not opened')
    return whole
  }

  return {
    busy,
    accumulatorsOf: (entry) => wholeOf(entry).accumulators,
    accountsOf({ bill, insurance }) {
      const { insuredCity } = insurance
      const others = idsOf(bill.personId).filter((id) => id !== bill.personId)
      const own = [bill.personId, ...others]
        .map((personId) => accounts.get(accountName({ personId, insuredCity })))
        .find((one) => one !== undefined)
      const holder = bill.acctUsedFlag === '2' ? holderOf(bill.personId) : undefined
      return {
        own,
        family: holder === undefined ? undefined : accounts.get(accountName({ personId: holder, insuredCity })),
      }
    },
    moveYear(entry, movements) {
      const whole = wholeOf(entry)
      const row = whole.rows.get(entry.bill.personId)
      if (row === undefined) throw new Error('the year of this id was not opened')
      whole.lastNo += 1n
      whole.accumulators = addAccumulators(whole.accumulators, movements)
      row.used = addAccumulators(row.used, movements)
      row.moves = whole.lastNo
      row.dirty = true
      return whole.lastNo
    },
    moveAccount(account, resultId, amount) {
      if (amount === ZERO_FEN) return
      const moved = { ...account, balance: addFen(account.balance, amount), moves: account.moves + 1n }
      accounts.set(accountName(account), moved)
      const { personId, insuredCity } = account
      accountMoves.push({ personId, insuredCity, seq: moved.moves, resultId, amount, after: moved.balance })
    },
    years: () =>
      [...years].flatMap(([name, whole]) => {
        const [, insuredCity = '', year = '', insutype = ''] = name.split('/')
        return [...whole.rows]
          .filter(([, row]) => row.dirty)
          .map(([personId, row]) => ({
            personId,
            insuredCity,
            year: Number(year),
            insutype,
            before: row.before,
            fresh: row.fresh,
            moves: row.moves,
            used: row.used,
          }))
      }),
    accountMoves,
  }
}
