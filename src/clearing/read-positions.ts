import assert from 'node:assert/strict'
import type { Deps } from '../kernel/deps.ts'
import { sumFen } from '../kernel/money.ts'
import { readTotals, readWindow, type WindowTotal } from '../ledger/index.ts'
import { type CityPosition, cityPositions, type PairPosition, pairPositions } from './rules.ts'

export interface Positions {
  readonly month: string
  /** NONE = nothing was booked in this month. */
  readonly state: string
  readonly pairs: readonly PairPosition[]
  readonly cities: readonly CityPosition[]
  /** Counters per fund: all of them for the operator, those of its own side for a bureau. */
  readonly detail: readonly WindowTotal[]
}

/** Positions of a month from the running counters: O(city pairs), whatever the month's volume. */
export async function readPositions(
  deps: Pick<Deps, 'db'>,
  month: string,
  viewer: { readonly city: string } | 'all',
): Promise<Positions> {
  const totals = (await readTotals(deps.db, month)).filter((one) => one.payer !== one.payee)
  const pairs = pairPositions(totals)
  const cities = cityPositions(pairs)
  assert(sumFen(cities.map((one) => one.net)) === 0n, 'what one city receives another pays')
  const window = await readWindow(deps.db, month)
  const detail =
    viewer === 'all' ? totals : totals.filter((one) => one.payer === viewer.city || one.payee === viewer.city)
  return { month, state: window?.state ?? 'NONE', pairs, cities, detail }
}
