import { CITIES } from '../codes/index.ts'
import { addFen, type Fen, negFen, subFen, ZERO_FEN } from '../kernel/money.ts'
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

/** Every ordered pair of the four cities, also those without a claim. Care at home is no position. */
export const pairPositions = (totals: readonly WindowTotal[]): readonly PairPosition[] => {
  const sums = new Map<string, Fen>()
  for (const total of totals) {
    const name = `${total.payer}/${total.payee}`
    sums.set(name, addFen(sums.get(name) ?? ZERO_FEN, total.amount))
  }
  const of = (payer: string, payee: string): Fen => sums.get(`${payer}/${payee}`) ?? ZERO_FEN
  return CITIES.flatMap(({ code: payer }) =>
    CITIES.filter(({ code }) => code !== payer).map(({ code: payee }) => {
      const gross = of(payer, payee)
      return { payer, payee, gross, net: subFen(gross, of(payee, payer)) }
    }),
  )
}

/** Multilateral netting over the province: one amount per city. */
export const cityPositions = (pairs: readonly PairPosition[]): readonly CityPosition[] =>
  CITIES.map(({ code: city }) => ({
    city,
    net: pairs.reduce((sum, pair) => {
      if (pair.payee === city) return addFen(sum, pair.gross)
      return pair.payer === city ? addFen(sum, negFen(pair.gross)) : sum
    }, ZERO_FEN),
  }))
