import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { proveWindow, readNets, readTotals, readWindow, type WindowProof, type WindowTotal } from '../ledger/index.ts'
import { type CityPosition, cityPositions, type PairPosition, pairPositions } from './rules.ts'

export interface Positions {
  readonly month: string
  /** NONE = nothing was booked in this month. */
  readonly state: string
  /** All ordered pairs for the operator, those of its own side for a bureau. */
  readonly pairs: readonly PairPosition[]
  readonly cities: readonly CityPosition[]
  /** Counters per fund of the same pairs. */
  readonly detail: readonly WindowTotal[]
  /** Of the same pairs, where it was asked for. */
  readonly proof: WindowProof | undefined
}

/**
 * Positions of a month from the running counters: O(city pairs), whatever the month's volume. With `prove` the counters
 * are also compared with the entries of both cities' books, which scans the month. One snapshot for all of it: postings
 * go on meanwhile. What does not concern a bureau is not read, except for the one net amount of each city.
 */
export async function readPositions(
  deps: Pick<Deps, 'db'>,
  month: string,
  viewer: { readonly city: string } | 'all',
  options: { readonly prove: boolean } = { prove: false },
): Promise<Positions> {
  const city = viewer === 'all' ? undefined : viewer.city
  return await inTx(
    deps.db,
    async (tx) => {
      const detail = (await readTotals(tx, month, city)).filter((one) => one.payer !== one.payee)
      const window = await readWindow(tx, month)
      return {
        month,
        state: window?.state ?? 'NONE',
        pairs: pairPositions(detail, city),
        cities: cityPositions(await readNets(tx, month)),
        detail,
        proof: options.prove ? await proveWindow(tx, month, city) : undefined,
      }
    },
    { isolation: 'repeatable read' },
  )
}
