import { sql } from 'kysely'
import { announce } from '../kernel/change-feed.ts'
import type { Db, Tx } from '../kernel/db.ts'
import type { Price, Ratio } from '../kernel/money.ts'
import type { Area, HeldItem, HeldLimit, ItemRow, LimitRow, PriceLevel, Stored } from './types.ts'

/** Area of the announcements about the catalogue. */
export const CATALOGUE_CHANGED = 'catalogue'

/** Who writes: kept with each version. */
export interface Written {
  readonly by: string
  readonly org: string
  readonly at: Date
  readonly changeNo: bigint
}

/** Takes the next change number and holds the row until the commit, which orders all writers. */
export async function nextChangeNo(tx: Tx): Promise<bigint> {
  await announce(tx, CATALOGUE_CHANGED)
  const row = await tx
    .updateTable('catalogue_change')
    .set({ change_no: sql`change_no + 1` })
    .returning('change_no as changeNo')
    .executeTakeFirstOrThrow()
  return row.changeNo
}

export async function readChangeNo(db: Db): Promise<bigint> {
  const row = await db.selectFrom('catalogue_change').select('change_no as changeNo').executeTakeFirstOrThrow()
  return row.changeNo
}

/** Codes, in their order, of which a version was written after `changeNo`. */
export async function listChangedCodes(db: Db, changeNo: bigint): Promise<readonly string[]> {
  const { rows } = await sql<{ code: string }>`
    select hilist_code as code from catalogue_item where change_no > ${changeNo}
    union select hilist_code from catalogue_limit where change_no > ${changeNo}
    order by code`.execute(db)
  return rows.map((row) => row.code)
}

/**
 * The next codes that have a row, in the order of codes: at most `limit`, none only at the end. Rows are taken from the
 * index as they lie there; a DISTINCT would read all of them for each page.
 */
export async function listCodesAfter(db: Db, after: string, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ code: string }>`
    select hilist_code as code from catalogue_item
    where hilist_code > ${after} and superseded_at is null
    order by hilist_code limit ${limit}`.execute(db)
  return [...new Set(rows.map((row) => row.code))]
}

/** The same of codes about which a city says something of its own. */
export async function listLocalCodesAfter(db: Db, after: string, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ code: string }>`
    select code from (
      (select hilist_code as code from catalogue_item
       where hilist_code > ${after} and superseded_at is null and insu_admdvs <> '510000'
       order by hilist_code limit ${limit})
      union all
      (select hilist_code from catalogue_limit
       where hilist_code > ${after} and superseded_at is null and insu_admdvs <> '510000'
       order by hilist_code limit ${limit})
    ) found order by code limit ${limit}`.execute(db)
  return [...new Set(rows.map((row) => row.code))]
}

/** What counts of items, as kept in memory. */
export async function readHeldItems(
  db: Db,
  codes: readonly string[],
): Promise<readonly (HeldItem & { readonly code: string })[]> {
  const rows = await db
    .selectFrom('catalogue_item')
    .select([
      'hilist_code as code',
      'insu_admdvs as area',
      'begndate as from',
      'enddate as to',
      'hilist_name as name',
      'list_type as listType',
      'med_chrgitm_type as medChrgitmType',
      'chrgitm_lv as chrgitmLv',
      'selfpay_prop as selfpayProp',
      'lmt_used_flag as lmtUsedFlag',
      'rid',
      'version',
    ])
    .where(sql<boolean>`hilist_code = any(${codes})`)
    .where('superseded_at', 'is', null)
    .where('vali_flag', '=', '1')
    .execute()
  // The check constraints of the tables make the narrower types true, here and below.
  return rows.map((row) => ({
    ...row,
    area: row.area as Area,
    chrgitmLv: row.chrgitmLv as HeldItem['chrgitmLv'],
    lmtUsedFlag: row.lmtUsedFlag as HeldItem['lmtUsedFlag'],
    selfpayProp: BigInt(row.selfpayProp) as Ratio,
    rid: Number(row.rid),
  }))
}

export async function readHeldLimits(
  db: Db,
  codes: readonly string[],
): Promise<readonly (HeldLimit & { readonly code: string })[]> {
  const rows = await db
    .selectFrom('catalogue_limit')
    .select([
      'hilist_code as code',
      'insu_admdvs as area',
      'begndate as from',
      'enddate as to',
      'price_level as level',
      'pric_uplmt_micro as price',
    ])
    .where(sql<boolean>`hilist_code = any(${codes})`)
    .where('superseded_at', 'is', null)
    .where('vali_flag', '=', '1')
    .execute()
  return rows.map((row) => ({
    ...row,
    area: row.area as Area,
    level: row.level as PriceLevel,
    price: row.price as Price,
  }))
}

/** Everything that stands about these codes, entered in error or not, in any period. */
export async function readStandingItems(db: Db, codes: readonly string[]): Promise<readonly Stored<ItemRow>[]> {
  const { rows } = await sql<Omit<Stored<ItemRow>, 'selfpayProp'> & { selfpayProp: number }>`
    select rid, version, insu_admdvs as "insuAdmdvs", hilist_code as "hilistCode", hilist_name as "hilistName", begndate,
           enddate, list_type as "listType", med_chrgitm_type as "medChrgitmType", chrgitm_lv as "chrgitmLv",
           selfpay_prop as "selfpayProp", lmt_used_flag as "lmtUsedFlag", lmt_used_cond as "lmtUsedCond",
           med_use_flag as "medUseFlag", matn_used_flag as "matnUsedFlag", hilist_use_type as "hilistUseType",
           lmt_cpnd_type as "lmtCpndType", pinyin, wubi, memo, vali_flag as "valiFlag",
           source_document as "sourceDocument", verified
    from catalogue_item where hilist_code = any(${codes}) and superseded_at is null`.execute(db)
  return rows.map((row) => ({ ...row, selfpayProp: BigInt(row.selfpayProp) as Ratio }))
}

export async function readStandingLimits(db: Db, codes: readonly string[]): Promise<readonly Stored<LimitRow>[]> {
  const { rows } = await sql<Stored<LimitRow>>`
    select rid, version, insu_admdvs as "insuAdmdvs", hilist_code as "hilistCode", price_level as "priceLevel",
           hilist_lmtpric_type as "hilistLmtpricType", overlmt_dspo_way as "overlmtDspoWay", begndate, enddate,
           pric_uplmt_micro as "hilistPricUplmtAmt", tabname, vali_flag as "valiFlag",
           source_document as "sourceDocument", verified
    from catalogue_limit where hilist_code = any(${codes}) and superseded_at is null`.execute(db)
  return rows
}

/** A version to be written: `rid` null for a period that is new. */
export type NewVersion<Row> = Row & { readonly rid: bigint | null; readonly version: number }

/** Writes versions; those before them no longer count from this moment. Two statements for any number of rows. */
export async function insertItems(tx: Tx, rows: readonly NewVersion<ItemRow>[], written: Written): Promise<void> {
  await supersede(tx, 'catalogue_item', rows, written.at)
  await sql`
    insert into catalogue_item (rid, version, insu_admdvs, hilist_code, hilist_name, begndate, enddate, list_type,
      med_chrgitm_type, chrgitm_lv, selfpay_prop, lmt_used_flag, lmt_used_cond, med_use_flag, matn_used_flag,
      hilist_use_type, lmt_cpnd_type, pinyin, wubi, memo, vali_flag, source_document, verified,
      written_by, written_org, written_at, change_no)
    select coalesce(rid, nextval('catalogue_rid')), version, "insuAdmdvs", "hilistCode", "hilistName", begndate, enddate,
      "listType", "medChrgitmType", "chrgitmLv", "selfpayProp", "lmtUsedFlag", "lmtUsedCond", "medUseFlag",
      "matnUsedFlag", "hilistUseType", "lmtCpndType", pinyin, wubi, memo, "valiFlag", "sourceDocument", verified,
      ${written.by}, ${written.org}, ${written.at}, ${written.changeNo}
    from json_to_recordset(${asJson(rows)}) as x (rid bigint, version integer, "insuAdmdvs" text, "hilistCode" text,
      "hilistName" text, begndate date, enddate date, "listType" text, "medChrgitmType" text, "chrgitmLv" text,
      "selfpayProp" integer, "lmtUsedFlag" text, "lmtUsedCond" text, "medUseFlag" text, "matnUsedFlag" text,
      "hilistUseType" text, "lmtCpndType" text, pinyin text, wubi text, memo text, "valiFlag" text,
      "sourceDocument" text, verified boolean)`.execute(tx)
}

export async function insertLimits(tx: Tx, rows: readonly NewVersion<LimitRow>[], written: Written): Promise<void> {
  await supersede(tx, 'catalogue_limit', rows, written.at)
  await sql`
    insert into catalogue_limit (rid, version, insu_admdvs, hilist_code, price_level, hilist_lmtpric_type,
      overlmt_dspo_way, begndate, enddate, pric_uplmt_micro, tabname, vali_flag, source_document, verified,
      written_by, written_org, written_at, change_no)
    select coalesce(rid, nextval('catalogue_rid')), version, "insuAdmdvs", "hilistCode", "priceLevel",
      "hilistLmtpricType", "overlmtDspoWay", begndate, enddate, "hilistPricUplmtAmt", tabname, "valiFlag",
      "sourceDocument", verified, ${written.by}, ${written.org}, ${written.at}, ${written.changeNo}
    from json_to_recordset(${asJson(rows)}) as x (rid bigint, version integer, "insuAdmdvs" text, "hilistCode" text,
      "priceLevel" text, "hilistLmtpricType" text, "overlmtDspoWay" text, begndate date, enddate date,
      "hilistPricUplmtAmt" bigint, tabname text, "valiFlag" text, "sourceDocument" text, verified boolean)`.execute(tx)
}

async function supersede(
  tx: Tx,
  table: 'catalogue_item' | 'catalogue_limit',
  rows: readonly { readonly rid: bigint | null; readonly version: number }[],
  at: Date,
): Promise<void> {
  const rids = rows.flatMap(({ rid }) => (rid === null ? [] : [rid.toString()]))
  if (rids.length === 0) return
  await sql`
    update ${sql.table(table)} set superseded_at = ${at}
    where rid = any(${rids}::bigint[]) and superseded_at is null`.execute(tx)
}

/** Bigints of rows lie far inside what a JSON number holds exactly in PostgreSQL, which reads it as a numeric. */
function asJson(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}
