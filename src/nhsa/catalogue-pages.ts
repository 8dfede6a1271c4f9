import { searchItems, searchPriceLimits } from '../catalogue/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { formatPrice } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { type Call, given, rowOf, valueOf } from './call.ts'
import type { Input, Row } from './read-input.ts'
import type { Output } from './write-output.ts'

const pagingOf = (row: Row) => ({
  pageNum: Number(valueOf(row, 'page_num')),
  pageSize: Number(valueOf(row, 'page_size')),
})

/** 1312: items of the catalogues; where no area is asked for, of the caller's city. */
export async function listItems(deps: Pick<Deps, 'db'>, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const { rows } = await searchItems(
    deps.db,
    {
      queryDate: given(row, 'query_date'),
      hilistCode: given(row, 'hilist_code'),
      insuAdmdvs: given(row, 'insu_admdvs') ?? call.institution.city,
      begndate: given(row, 'begndate'),
      hilistName: given(row, 'hilist_name'),
      wubi: given(row, 'wubi'),
      pinyin: given(row, 'pinyin'),
      medChrgitmType: given(row, 'med_chrgitm_type'),
      chrgitmLv: given(row, 'chrgitm_lv'),
      lmtUsedFlag: given(row, 'lmt_used_flag'),
      listType: given(row, 'list_type'),
      medUseFlag: given(row, 'med_use_flag'),
      matnUsedFlag: given(row, 'matn_used_flag'),
      hilistUseType: given(row, 'hilist_use_type'),
      lmtCpndType: given(row, 'lmt_cpnd_type'),
      valiFlag: given(row, 'vali_flag'),
      updtTime: valueOf(row, 'updt_time'),
    },
    pagingOf(row),
  )
  return {
    data: rows.map((one) => ({
      hilist_code: one.hilistCode,
      hilist_name: one.hilistName,
      insu_admdvs: one.insuAdmdvs,
      begndate: one.begndate,
      enddate: one.enddate,
      med_chrgitm_type: one.medChrgitmType,
      chrgitm_lv: one.chrgitmLv,
      lmt_used_flag: one.lmtUsedFlag,
      list_type: one.listType,
      med_use_flag: one.medUseFlag,
      matn_used_flag: one.matnUsedFlag,
      hilist_use_type: one.hilistUseType,
      lmt_cpnd_type: one.lmtCpndType,
      wubi: one.wubi,
      pinyin: one.pinyin,
      memo: one.memo,
      vali_flag: one.valiFlag,
      rid: one.rid,
      updt_time: localDate(one.updatedAt),
      crte_time: localDate(one.createdAt),
      poolarea_no: one.insuAdmdvs,
    })),
  }
}

/** 1318: price limits in the same way. */
export async function listLimits(deps: Pick<Deps, 'db'>, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const rid = given(row, 'rid')
  const { rows } = await searchPriceLimits(
    deps.db,
    {
      queryDate: given(row, 'query_date'),
      hilistCode: given(row, 'hilist_code'),
      hilistLmtpricType: given(row, 'hilist_lmtpric_type'),
      overlmtDspoWay: given(row, 'overlmt_dspo_way'),
      insuAdmdvs: given(row, 'insu_admdvs') ?? call.institution.city,
      begndate: given(row, 'begndate'),
      enddate: given(row, 'enddate'),
      valiFlag: given(row, 'vali_flag'),
      // Our numbers are whole and short: no other one has a row.
      rid: rid === undefined ? undefined : /^\d{1,18}$/.test(rid) ? BigInt(rid) : -1n,
      tabname: given(row, 'tabname'),
      poolareaNo: given(row, 'poolarea_no'),
      updtTime: valueOf(row, 'updt_time'),
    },
    pagingOf(row),
  )
  return {
    data: rows.map((one) => ({
      hilist_code: one.hilistCode,
      hilist_lmtpric_type: one.hilistLmtpricType,
      overlmt_dspo_way: one.overlmtDspoWay,
      insu_admdvs: one.insuAdmdvs,
      begndate: one.begndate,
      enddate: one.enddate,
      hilist_pric_uplmt_amt: formatPrice(one.hilistPricUplmtAmt),
      vali_flag: one.valiFlag,
      rid: one.rid,
      updt_time: localDate(one.updatedAt),
      crte_time: localDate(one.createdAt),
      tabname: one.tabname,
      poolarea_no: one.insuAdmdvs,
    })),
  }
}
