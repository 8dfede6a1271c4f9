import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import type { Price, Ratio } from '../kernel/money.ts'
import type { ItemRow, LimitRow, Stored } from './types.ts'

/** Pages as the interface counts them: `pageNum` from 1. */
export interface Paging {
  readonly pageNum: number
  readonly pageSize: number
}

export interface PageOf<Row> {
  readonly rows: readonly Row[]
  /** Whether there is a page after it. */
  readonly more: boolean
}

/** A standing row with the times that the interface asks for. */
export type Listed<Row> = Stored<Row> & {
  /** When its first version was written. */
  readonly createdAt: Date
  /** When this version was. */
  readonly updatedAt: Date
}

/** The input of 1312, without its paging; what is left out does not restrict. */
export interface ItemFilter {
  /** Rows that hold on this day; in a city the province's only where the city has none. */
  readonly queryDate?: string | undefined
  readonly hilistCode?: string | undefined
  /** A city: its own rows and the province's. The province: its rows alone. */
  readonly insuAdmdvs?: string | undefined
  /** Rows that begin on this day or later. */
  readonly begndate?: string | undefined
  /** A part of the name. */
  readonly hilistName?: string | undefined
  /** The beginning of the letters by which a name is typed. */
  readonly wubi?: string | undefined
  readonly pinyin?: string | undefined
  readonly medChrgitmType?: string | undefined
  readonly chrgitmLv?: string | undefined
  readonly lmtUsedFlag?: string | undefined
  readonly listType?: string | undefined
  readonly medUseFlag?: string | undefined
  readonly matnUsedFlag?: string | undefined
  readonly hilistUseType?: string | undefined
  readonly lmtCpndType?: string | undefined
  readonly valiFlag?: string | undefined
  /** Rows written on this day or later. */
  readonly updtTime: string
}

/** The input of 1318, without its paging. */
export interface LimitFilter {
  readonly queryDate?: string | undefined
  readonly hilistCode?: string | undefined
  readonly hilistLmtpricType?: string | undefined
  readonly overlmtDspoWay?: string | undefined
  readonly insuAdmdvs?: string | undefined
  /** Rows that begin on this day or later. */
  readonly begndate?: string | undefined
  /** Rows that end on this day or sooner. */
  readonly enddate?: string | undefined
  readonly valiFlag?: string | undefined
  readonly rid?: bigint | undefined
  readonly tabname?: string | undefined
  readonly poolareaNo?: string | undefined
  readonly updtTime: string
}

type Condition = RawBuilder<boolean>

const equal = (column: string, value: string | bigint | undefined): Condition[] =>
  value === undefined ? [] : [sql<boolean>`${sql.ref(column)} = ${value}`]

const begins = (column: string, value: string | undefined): Condition[] =>
  value === undefined ? [] : [sql<boolean>`starts_with(lower(${sql.ref(column)}), lower(${value}))`]

/** Of a city: its own rows and those of the province that it does not replace on the day that is asked for. */
function inArea(
  table: 'catalogue_item' | 'catalogue_limit',
  area: string | undefined,
  queryDate: string | undefined,
): Condition[] {
  if (area === undefined) return []
  if (queryDate === undefined) return [sql<boolean>`r.insu_admdvs in (${area}, '510000')`]
  const sameKey = table === 'catalogue_limit' ? sql`and own.price_level = r.price_level` : sql``
  return [
    sql<boolean>`(r.insu_admdvs = ${area} or (r.insu_admdvs = '510000' and not exists (
      select from ${sql.table(table)} own
      where own.hilist_code = r.hilist_code and own.insu_admdvs = ${area} ${sameKey}
        and own.superseded_at is null and own.vali_flag = '1'
        and own.begndate <= ${queryDate} and (own.enddate is null or own.enddate >= ${queryDate}))))`,
  ]
}

function inPeriod(filter: {
  readonly queryDate?: string | undefined
  readonly begndate?: string | undefined
  readonly updtTime: string
}): Condition[] {
  const { queryDate, begndate, updtTime } = filter
  return [
    sql<boolean>`r.superseded_at is null`,
    // The day is one of Asia/Shanghai, and begins there.
    sql<boolean>`r.written_at >= (${updtTime}::date)::timestamp at time zone 'Asia/Shanghai'`,
    ...(queryDate === undefined
      ? []
      : [sql<boolean>`r.begndate <= ${queryDate} and (r.enddate is null or r.enddate >= ${queryDate})`]),
    ...(begndate === undefined ? [] : [sql<boolean>`r.begndate >= ${begndate}`]),
  ]
}

const all = (conditions: readonly Condition[]) => sql.join(conditions, sql` and `)

/** One more than the page, to see whether another follows; in the order of writing, so that pages do not shift. */
const page = ({ pageNum, pageSize }: Paging) =>
  sql`order by r.written_at, r.rid limit ${pageSize + 1} offset ${(pageNum - 1) * pageSize}`

function cut<Row>(rows: readonly Row[], { pageSize }: Paging): PageOf<Row> {
  return { rows: rows.slice(0, pageSize), more: rows.length > pageSize }
}

export async function findItems(db: Db, filter: ItemFilter, paging: Paging): Promise<PageOf<Listed<ItemRow>>> {
  const where = all([
    ...inPeriod(filter),
    ...inArea('catalogue_item', filter.insuAdmdvs, filter.queryDate),
    ...equal('r.hilist_code', filter.hilistCode),
    ...(filter.hilistName === undefined ? [] : [sql<boolean>`strpos(r.hilist_name, ${filter.hilistName}) > 0`]),
    ...begins('r.wubi', filter.wubi),
    ...begins('r.pinyin', filter.pinyin),
    ...equal('r.med_chrgitm_type', filter.medChrgitmType),
    ...equal('r.chrgitm_lv', filter.chrgitmLv),
    ...equal('r.lmt_used_flag', filter.lmtUsedFlag),
    ...equal('r.list_type', filter.listType),
    ...equal('r.med_use_flag', filter.medUseFlag),
    ...equal('r.matn_used_flag', filter.matnUsedFlag),
    ...equal('r.hilist_use_type', filter.hilistUseType),
    ...equal('r.lmt_cpnd_type', filter.lmtCpndType),
    ...equal('r.vali_flag', filter.valiFlag),
  ])
  const { rows } = await sql<Omit<Listed<ItemRow>, 'selfpayProp'> & { selfpayProp: number }>`
    select r.rid, r.version, r.insu_admdvs as "insuAdmdvs", r.hilist_code as "hilistCode",
           r.hilist_name as "hilistName", r.begndate, r.enddate, r.list_type as "listType",
           r.med_chrgitm_type as "medChrgitmType", r.chrgitm_lv as "chrgitmLv", r.selfpay_prop as "selfpayProp",
           r.lmt_used_flag as "lmtUsedFlag", r.lmt_used_cond as "lmtUsedCond", r.med_use_flag as "medUseFlag",
           r.matn_used_flag as "matnUsedFlag", r.hilist_use_type as "hilistUseType", r.lmt_cpnd_type as "lmtCpndType",
           r.pinyin, r.wubi, r.memo, r.vali_flag as "valiFlag", r.source_document as "sourceDocument", r.verified,
           r.written_at as "updatedAt", (select f.written_at from catalogue_item f where f.rid = r.rid and f.version = 1)
             as "createdAt"
    from catalogue_item r where ${where} ${page(paging)}`.execute(db)
  return cut(
    rows.map((row) => ({ ...row, selfpayProp: BigInt(row.selfpayProp) as Ratio })),
    paging,
  )
}

export async function findLimits(db: Db, filter: LimitFilter, paging: Paging): Promise<PageOf<Listed<LimitRow>>> {
  const where = all([
    ...inPeriod(filter),
    ...inArea('catalogue_limit', filter.insuAdmdvs, filter.queryDate),
    ...inArea('catalogue_limit', filter.poolareaNo, filter.queryDate),
    ...equal('r.hilist_code', filter.hilistCode),
    ...equal('r.hilist_lmtpric_type', filter.hilistLmtpricType),
    ...equal('r.overlmt_dspo_way', filter.overlmtDspoWay),
    ...(filter.enddate === undefined ? [] : [sql<boolean>`r.enddate <= ${filter.enddate}`]),
    ...equal('r.vali_flag', filter.valiFlag),
    ...equal('r.rid', filter.rid),
    ...equal('r.tabname', filter.tabname),
  ])
  const { rows } = await sql<Omit<Listed<LimitRow>, 'hilistPricUplmtAmt'> & { hilistPricUplmtAmt: bigint }>`
    select r.rid, r.version, r.insu_admdvs as "insuAdmdvs", r.hilist_code as "hilistCode",
           r.price_level as "priceLevel", r.hilist_lmtpric_type as "hilistLmtpricType",
           r.overlmt_dspo_way as "overlmtDspoWay", r.begndate, r.enddate, r.pric_uplmt_micro as "hilistPricUplmtAmt",
           r.tabname, r.vali_flag as "valiFlag", r.source_document as "sourceDocument", r.verified,
           r.written_at as "updatedAt", (select f.written_at from catalogue_limit f where f.rid = r.rid and f.version = 1)
             as "createdAt"
    from catalogue_limit r where ${where} ${page(paging)}`.execute(db)
  return cut(
    rows.map((row) => ({ ...row, hilistPricUplmtAmt: row.hilistPricUplmtAmt as Price })),
    paging,
  )
}
