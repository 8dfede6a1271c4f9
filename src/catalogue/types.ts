import { type CityCode, isCityCode } from '../codes/index.ts'
import type { Price, Ratio } from '../kernel/money.ts'

/** The province: its rows hold in each of its cities that has no row of its own on the day. */
export const PROVINCE = '510000'

/** Where a row holds: a city, or the province for all of its cities (insu_admdvs of the catalogue). */
export type Area = CityCode | typeof PROVINCE

export function isArea(code: string): code is Area {
  return code === PROVINCE || isCityCode(code)
}

/** lmtpric_hosp_lv: 1 一级及以下, 2 二级, 3 三级. */
export type PriceLevel = '1' | '2' | '3'
export const PRICE_LEVELS: readonly PriceLevel[] = ['1', '2', '3']

export type Flag = '0' | '1'

/** chrgitm_lv: 01 甲, 02 乙, 03 丙. */
export type ChargeItemLevel = '01' | '02' | '03'

/** What rows about items and rows about limits have in common: where and when they hold, and where that is written. */
export interface PeriodRow {
  readonly insuAdmdvs: Area
  readonly hilistCode: string
  readonly begndate: string
  /** Last day; null while open. */
  readonly enddate: string | null
  /** 0: entered in error, never in force. */
  readonly valiFlag: Flag
  readonly sourceDocument: string
  /** Whether a person has checked it against the source. */
  readonly verified: boolean
}

/** What an item is in one area in one period. Names are those of interface 1312. */
export interface ItemRow extends PeriodRow {
  readonly hilistName: string
  readonly listType: string
  readonly medChrgitmType: string
  readonly chrgitmLv: ChargeItemLevel
  readonly selfpayProp: Ratio
  readonly lmtUsedFlag: Flag
  readonly lmtUsedCond: string | null
  readonly medUseFlag: Flag
  readonly matnUsedFlag: Flag
  readonly hilistUseType: string
  readonly lmtCpndType: string
  readonly pinyin: string | null
  readonly wubi: string | null
  readonly memo: string | null
}

/** The highest unit price in scope at hospitals of one level. Names are those of interface 1318. */
export interface LimitRow extends PeriodRow {
  readonly priceLevel: PriceLevel
  readonly hilistLmtpricType: string
  readonly overlmtDspoWay: string
  readonly hilistPricUplmtAmt: Price
  readonly tabname: string | null
}

/** A row as it stands in the table: `rid` names the period through all its versions. */
export type Stored<Row> = Row & { readonly rid: bigint; readonly version: number }

/** As much of an item as a process keeps in memory for every code. */
export interface HeldItem {
  readonly area: Area
  readonly from: string
  readonly to: string | null
  readonly name: string
  readonly listType: string
  readonly medChrgitmType: string
  readonly chrgitmLv: ChargeItemLevel
  readonly selfpayProp: Ratio
  readonly lmtUsedFlag: Flag
  /** A number, for it takes less room than a bigint; a sequence does not get near 2^53. */
  readonly rid: number
  readonly version: number
}

export interface HeldLimit {
  readonly area: Area
  readonly from: string
  readonly to: string | null
  readonly level: PriceLevel
  readonly price: Price
}

/** All that stands about one code, in every area and period. */
export interface Held {
  readonly items: readonly HeldItem[]
  readonly limits: readonly HeldLimit[]
}

/** What the catalogue of the place of treatment says about a line on a day: the `LineTerms` of benefits, and more. */
export interface CatalogueTerms {
  /** The city whose catalogue was asked, also where the province's row answers for it. */
  readonly admdvs: CityCode
  readonly name: string
  readonly listType: string
  readonly medChrgitmType: string
  readonly chrgitmLv: ChargeItemLevel
  /** 0 for 甲 and 1 for 丙; only that of 乙 is a part paid first. */
  readonly selfpayProp: Ratio
  /** Zero: no limit. */
  readonly pricUplmtAmt: Price
  readonly lmtUsedFlag: Flag
  /** Names the version of the row, for the trace. */
  readonly rowId: string
}
