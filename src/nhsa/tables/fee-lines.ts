import type { FieldTable } from './form.ts'

/** `drugdetail`, the same in 2101 and 2102 (pages of these transactions). */
export const DRUGDETAIL: FieldTable = {
  feedetl_sn: 'N(30) req 费用明细流水号',
  rxno: 'C(30) 处方号',
  rx_circ_flag: 'C(3) dict req 外购处方标志',
  fee_ocur_time: 'DT req 费用发生时间',
  med_list_codg: 'C(50) req 医疗目录编码',
  medins_list_codg: 'C(150) req 医药机构目录编码',
  det_item_fee_sumamt: 'N(16,2) req 明细项目费用总额',
  cnt: 'N(16,4) req 数量',
  pric: 'N(16,6) req 单价',
  sin_dos_dscr: 'C(200) 单次剂量描述',
  used_frqu_dscr: 'C(200) 使用频次描述',
  prd_days: 'N(4,2) 周期天数',
  medc_way_dscr: 'C(200) 用药途径描述',
  bilg_dr_codg: 'C(30) 开单医生编码',
  bilg_dr_name: 'C(50) 开单医师姓名',
  tcmdrug_used_way: 'C(6) dict 中药使用方式',
  exp_content: 'C(4000) 字段扩展',
}

/**
 * What the split of a line says in every answer that has one: `detlcutinfo` of 2101 and 2102, `result` of 2204 and 2301. What
 * stands before and after it differs and is in each table.
 */
export const SPLIT: FieldTable = {
  det_item_fee_sumamt: 'N(16,2) req 明细项目费用总额',
  cnt: 'N(16,4) req 数量',
  pric: 'N(16,6) req 单价',
  pric_uplmt_amt: 'N(16,6) req 定价上限金额',
  selfpay_prop: 'N(5,4) 自付比例',
  fulamt_ownpay_amt: 'N(16,2) 全自费金额',
  overlmt_amt: 'N(16,2) 超限价金额',
  preselfpay_amt: 'N(16,2) 先行自付金额',
  inscp_scp_amt: 'N(16,2) 符合政策范围金额',
  chrgitm_lv: 'C(3) dict req 收费项目等级',
  med_chrgitm_type: 'C(6) dict req 医疗收费项目类别',
  bas_medn_flag: 'C(3) dict 基本药物标志',
  hi_nego_drug_flag: 'C(3) dict 医保谈判药品标志',
  chld_medc_flag: 'C(3) dict 儿童用药标志',
  list_sp_item_flag: 'C(3) dict 目录特项标志',
}
