import { CITIES } from '../codes/index.ts'
import { addFen, type Fen, subFen, ZERO_FEN } from '../kernel/money.ts'
import type { WindowTotal } from '../ledger/index.ts'

/** What the insured city `payer` owes the city of treatment `payee`, net of reversals, and what remains after the opposite claim. */
export interface PairPosition {
  readonly payer: string
  readonly payee: string
  readonly gross: Fen
  /** Positive: `payer` pays this after netting the pair; negative: it receives. */
  readonly net: Fen
}

export interface CityPosition {
  readonly city: string
  /** Claims on the others minus debts to them: positive receives. Over the four cities it sums to zero. */
  readonly net: Fen
}

/**
 * Every ordered pair of the four cities, also those without a claim; with `city` those in which it has a part. Care at
 * home is no position.
 */
export const pairPositions = (totals: readonly WindowTotal[], city?: string): readonly PairPosition[] => {
  const sums = new Map<string, Fen>()
  for (const total of totals) {
    const name = `${total.payer}/${total.payee}`
    sums.set(name, addFen(sums.get(name) ?? ZERO_FEN, total.amount))
  }
  const of = (payer: string, payee: string): Fen => sums.get(`${payer}/${payee}`) ?? ZERO_FEN
  return CITIES.flatMap(({ code: payer }) =>
    CITIES.filter(({ code }) => code !== payer && (city === undefined || city === code || city === payer)).map(
      ({ code: payee }) => {
        const gross = of(payer, payee)
        return { payer, payee, gross, net: subFen(gross, of(payee, payer)) }
      },
    ),
  )
}

/** Multilateral netting over the province: one amount per city, zero for a city that the nets do not name. */
export const cityPositions = (nets: ReadonlyMap<string, Fen>): readonly CityPosition[] =>
  CITIES.map(({ code: city }) => ({ city, net: nets.get(city) ?? ZERO_FEN }))
