import { type Accumulators, addAccumulators } from '../benefits/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Fen } from '../kernel/money.ts'
import { inTx } from '../kernel/tx.ts'
import { insertAccounts, moveAccounts } from './account-store.ts'
import type { YearKey } from './types.ts'
import { ensureYears, insertOpening, readYears, writeYears, yearName } from './year-store.ts'

export interface OpeningBalance {
  readonly personId: string
  readonly insuredCity: string
  readonly balance: Fen
}

/** Opens personal accounts with a balance that comes from elsewhere. Existing accounts stay untouched; returns how many are new. */
export async function openAccounts(
  deps: Pick<Deps, 'db' | 'clock'>,
  openings: readonly OpeningBalance[],
): Promise<number> {
  if (openings.length === 0) return 0
  return await inTx(deps.db, async (tx) => {
    const fresh = new Set((await insertAccounts(tx, openings)).map((one) => `${one.personId}/${one.insuredCity}`))
    const moves = openings
      .filter((one) => fresh.has(`${one.personId}/${one.insuredCity}`))
      .map((one) => ({ ...one, seq: 1n, resultId: null, amount: one.balance, after: one.balance }))
    await moveAccounts(tx, moves, deps.clock.now())
    return moves.length
  })
}

/**
 * Brings in what a person used this year before the hub knew them: an opening movement without a settlement.
 *
 * @returns false where the year has one already: it stays as it is
 */
export async function openYear(
  deps: Pick<Deps, 'db' | 'clock'>,
  opening: YearKey & { readonly used: Accumulators },
): Promise<boolean> {
  return await inTx(deps.db, async (tx) => {
    await ensureYears(tx, [opening])
    const [year] = await readYears(tx, [opening], 'wait')
    if (year === undefined) throw new Error(`no accumulators of ${yearName(opening)}`)
    const no = year.moves + 1n
    if (!(await insertOpening(tx, { ...opening, no, moved: opening.used }, deps.clock.now()))) return false
    const { personId, insuredCity, insutype } = opening
    const used = addAccumulators(year.accumulators, opening.used)
    const of = { personId, insuredCity, year: opening.year, insutype }
    await writeYears(tx, [{ ...of, before: year.moves, fresh: false, moves: no, used }])
    return true
  })
}
