import type { CityCode } from '../codes/index.ts'
import { parsePrice } from '../kernel/money.ts'
import { type Area, type CatalogueTerms, type Held, PRICE_LEVELS, PROVINCE, type PriceLevel } from './types.ts'

const NO_LIMIT = parsePrice('0')

interface InForce {
  readonly area: Area
  readonly from: string
  readonly to: string | null
}

/** Of rows that cannot share a day within one area: the city's of the day, else the province's. */
function ofDay<Row extends InForce>(
  rows: readonly Row[],
  city: CityCode,
  date: string,
  fits?: (row: Row) => boolean,
): Row | undefined {
  let general: Row | undefined
  for (const row of rows) {
    if (row.from > date || (row.to !== null && row.to < date)) continue
    if (fits !== undefined && !fits(row)) continue
    if (row.area === city) return row
    if (row.area === PROVINCE) general = row
  }
  return general
}

/** The terms of an item in a city on a day (执行就医地目录), or undefined where the city's catalogue does not have it. */
export function termsOf(held: Held, city: CityCode, date: string, level: PriceLevel): CatalogueTerms | undefined {
  const item = ofDay(held.items, city, date)
  if (item === undefined) return undefined
  const limit = ofDay(held.limits, city, date, (row) => row.level === level)
  return {
    admdvs: city,
    name: item.name,
    listType: item.listType,
    medChrgitmType: item.medChrgitmType,
    chrgitmLv: item.chrgitmLv,
    selfpayProp: item.selfpayProp,
    pricUplmtAmt: limit?.price ?? NO_LIMIT,
    lmtUsedFlag: item.lmtUsedFlag,
    rowId: `${item.rid}.${item.version}`,
  }
}

/** The level of price limits that a hospital has: level 0 (未定级, pharmacies) counts as the lowest (一级及以下). */
export function priceLevelOf(level: number): PriceLevel {
  return PRICE_LEVELS.find((one) => Number(one) === level) ?? '1'
}
