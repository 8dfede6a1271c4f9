import { CITIES, type CityCode } from '../codes/index.ts'
import { formatPrice, formatRatio } from '../kernel/money.ts'
import { termsOf } from './rules.ts'
import { type Held, PRICE_LEVELS } from './types.ts'

/** What of an item the four cities can differ in. */
export const COMPARED = [
  'listed',
  'chrgitm_lv',
  'selfpay_prop',
  'lmt_used_flag',
  'lmt_used_cond',
  'pric_uplmt_1',
  'pric_uplmt_2',
  'pric_uplmt_3',
] as const
export type ComparedField = (typeof COMPARED)[number]

/** One field of one item in which the cities differ on a day. */
export interface CityDifference {
  readonly hilistCode: string
  readonly hilistName: string
  readonly field: ComparedField
  /** The value in each city; null where the city has none. */
  readonly values: Readonly<Record<CityCode, string | null>>
}

/** Conditions in words are not in memory; a report has them at hand. */
export type ConditionOf = (rowId: string) => string | null

/** The fields in which the catalogues of the four cities differ about an item on a day. A field is compared where the item is listed. */
export function compareCities(
  code: string,
  held: Held,
  date: string,
  conditionOf: ConditionOf,
): readonly CityDifference[] {
  const ofCity = CITIES.map(({ code: city }) => {
    const terms = termsOf(held, city, date, '1')
    return {
      city,
      terms,
      prices: PRICE_LEVELS.map((level) => termsOf(held, city, date, level)?.pricUplmtAmt ?? null),
    }
  })
  const name = ofCity.find((one) => one.terms !== undefined)?.terms?.name
  // Nowhere in force on the day.
  if (name === undefined) return []
  const shown = (at: (one: (typeof ofCity)[number]) => string | null, field: ComparedField): CityDifference[] => {
    const values = ofCity.map(
      (one) => [one.city, field !== 'listed' && one.terms === undefined ? null : at(one)] as const,
    )
    const compared = values.filter((_, index) => field === 'listed' || ofCity[index]?.terms !== undefined)
    if (new Set(compared.map(([, value]) => value)).size < 2) return []
    return [
      { hilistCode: code, hilistName: name, field, values: Object.fromEntries(values) as CityDifference['values'] },
    ]
  }
  return [
    ...shown(({ terms }) => (terms === undefined ? '0' : '1'), 'listed'),
    ...shown(({ terms }) => terms?.chrgitmLv ?? null, 'chrgitm_lv'),
    ...shown(({ terms }) => (terms && formatRatio(terms.selfpayProp)) || null, 'selfpay_prop'),
    ...shown(({ terms }) => terms?.lmtUsedFlag ?? null, 'lmt_used_flag'),
    ...shown(({ terms }) => (terms === undefined ? null : conditionOf(terms.rowId)), 'lmt_used_cond'),
    ...PRICE_LEVELS.flatMap((level, at) =>
      shown(({ prices }) => {
        const price = prices[at]
        return price === undefined || price === null || price === 0n ? null : formatPrice(price)
      }, `pric_uplmt_${level}`),
    ),
  ]
}
