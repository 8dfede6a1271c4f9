import { SPLIT } from './fee-lines.ts'
import { describe, list } from './form.ts'

/**
 * 2204 门诊费用明细信息上传. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2204; not compared
 * with a version of Sichuan (unverified).
 */
export const t2204 = describe('2204', '门诊费用明细信息上传', {
  input: {
    feedetail: list({
      feedetl_sn: 'N(30) req 费用明细流水号',
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      chrg_bchno: 'C(30) req 收费批次号',
      dise_codg: 'C(30) 病种编码',
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
      bilg_dept_codg: 'C(30) req 开单科室编码',
      bilg_dept_name: 'C(100) req 开单科室名称',
      bilg_dr_codg: 'C(30) req 开单医生编码',
      bilg_dr_name: 'C(50) req 开单医师姓名',
      acord_dept_codg: 'C(30) 受单科室编码',
      acord_dept_name: 'C(100) 受单科室名称',
      orders_dr_code: 'C(30) 受单医生编码',
      orders_dr_name: 'C(50) 受单医生姓名',
      hosp_appr_flag: 'C(3) dict req 医院审批标志',
      tcmdrug_used_way: 'C(6) dict 中药使用方式',
      etip_flag: 'C(3) dict 外检标志',
      etip_hosp_code: 'C(30) 外检医院编码',
      dscg_tkdrug_flag: 'C(3) dict 出院带药标志',
      matn_fee_flag: 'C(6) dict 生育费用标志',
      memo: 'C(1000) 备注',
      comb_no: 'C(3) 组套编码',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {
    result: list({
      feedetl_sn: 'C(30) req 费用明细流水号',
      ...SPLIT,
      lmt_used_flag: 'C(3) dict req 限制使用标志',
      drt_reim_flag: 'C(3) dict 直报标志',
      memo: 'C(500) 备注',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
})
