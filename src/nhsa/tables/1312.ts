import { describe, list, one } from './form.ts'

/**
 * 1312 医保目录信息查询. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 1312; not compared
 * with a version of Sichuan (unverified).
 * The rows of the answer have no node of their own in the document; they stand under `data` here, with the paging beside them.
 */
export const t1312 = describe('1312', '医保目录信息查询', {
  input: {
    data: one({
      query_date: 'D 查询时间点',
      hilist_code: 'C(30) 医保目录编码',
      insu_admdvs: 'C(6) dict 参保机构医保区划',
      begndate: 'D 开始日期',
      hilist_name: 'C(200) 医保目录名称',
      wubi: 'C(30) 五笔助记码',
      pinyin: 'C(30) 拼音助记码',
      med_chrgitm_type: 'C(6) dict 医疗收费项目类别',
      chrgitm_lv: 'C(3) dict 收费项目等级',
      lmt_used_flag: 'C(3) dict 限制使用标志',
      list_type: 'C(30) 目录类别',
      med_use_flag: 'C(3) dict 医疗使用标志',
      matn_used_flag: 'C(3) dict 生育使用标志',
      hilist_use_type: 'C(3) dict 医保目录使用类别',
      lmt_cpnd_type: 'C(3) dict 限复方使用类型',
      vali_flag: 'C(3) dict 有效标志',
      updt_time: 'D req 更新时间',
      page_num: 'N(4) req 当前页数',
      page_size: 'N(4) req 本页数据量',
    }),
  },
  output: {
    data: list({
      hilist_code: 'C(30) req 医保目录编码',
      hilist_name: 'C(200) req 医保目录名称',
      insu_admdvs: 'C(6) dict req 参保机构医保区划',
      begndate: 'D req 开始日期',
      enddate: 'D 结束日期',
      med_chrgitm_type: 'C(6) dict req 医疗收费项目类别',
      chrgitm_lv: 'C(3) dict req 收费项目等级',
      lmt_used_flag: 'C(3) dict req 限制使用标志',
      list_type: 'C(3) dict req 目录类别',
      med_use_flag: 'C(3) dict req 医疗使用标志',
      matn_used_flag: 'C(3) dict req 生育使用标志',
      hilist_use_type: 'C(3) dict req 医保目录使用类别',
      lmt_cpnd_type: 'C(3) dict req 限复方使用类型',
      wubi: 'C(30) 五笔助记码',
      pinyin: 'C(30) 拼音助记码',
      memo: 'C(500) 备注',
      vali_flag: 'C(3) dict req 有效标志',
      rid: 'C(40) req 唯一记录号',
      updt_time: 'D req 更新时间',
      crter_id: 'C(20) 创建人',
      crter_name: 'C(50) 创建人姓名',
      crte_time: 'D req 创建时间',
      crte_optins_no: 'C(20) 创建机构',
      opter_id: 'C(20) 经办人',
      opter_name: 'C(50) 经办人姓名',
      opt_time: 'D 经办时间',
      optins_no: 'C(20) 经办机构',
      poolarea_no: 'C(6) dict 统筹区',
    }),
  },
})
