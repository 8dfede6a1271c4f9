import { type Fen, fen, formatFen, formatRatio, parseFen, parseRatio } from '../kernel/money.ts'
import { ACCUMULATOR_KINDS, type AccumulatorKind, type Accumulators, NO_ACCUMULATORS } from './accumulators.ts'
import { REVERSED_FIELDS } from './identities.ts'
import type { BenefitShares } from './types.ts'

export type Text<T> = { readonly [K in keyof T]: string }

/** The amounts as decimal strings: for a JSON column or a reply. */
export const writeShares = (shares: BenefitShares): Text<BenefitShares> => {
  const text: Partial<Record<keyof BenefitShares, string>> = {}
  for (const field of REVERSED_FIELDS) text[field] = formatFen(shares[field])
  text.balc = formatFen(shares.balc)
  text.poolPropSelfpay = formatRatio(shares.poolPropSelfpay)
  return text as Text<BenefitShares>
}

/** The reverse of {@link writeShares}, for amounts that were stored. */
export const readShares = (text: Text<BenefitShares>): BenefitShares => {
  const shares: Partial<Record<keyof BenefitShares, bigint>> = {}
  for (const field of REVERSED_FIELDS) shares[field] = parseFen(text[field])
  shares.balc = parseFen(text.balc)
  shares.poolPropSelfpay = parseRatio(text.poolPropSelfpay)
  return shares as BenefitShares
}

export const writeAccumulators = (accumulators: Accumulators): Text<Accumulators> => {
  const text: Partial<Record<AccumulatorKind, string>> = {}
  for (const kind of ACCUMULATOR_KINDS) text[kind] = write(kind, accumulators[kind])
  return text as Text<Accumulators>
}

/** A kind that was not counted yet when the text was written was zero. */
export const readAccumulators = (text: Partial<Text<Accumulators>>): Accumulators => {
  const read = { ...NO_ACCUMULATORS }
  for (const kind of ACCUMULATOR_KINDS) {
    const value = text[kind]
    if (value !== undefined) read[kind] = kind === COUNT ? fen(BigInt(value)) : parseFen(value)
  }
  return read
}

/** The one kind that counts stays and is no amount. */
const COUNT = 'inpatientStays' satisfies AccumulatorKind

const write = (kind: AccumulatorKind, value: Fen): string => (kind === COUNT ? value.toString() : formatFen(value))
