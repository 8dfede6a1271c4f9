import { describe, list, one, within } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 2102 药店结算. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2102; not compared
 * with a version of Sichuan (unverified).
 */
export const t2102 = describe('2102', '药店结算', {
  input: {
    druginfo: one({
      psn_no: 'C(30) req 人员编号',
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) req 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      psn_cert_type: 'C(3) req 证件类型',
      certno: 'C(20) req 证件号码',
      // C(3) in the document, which has codes of up to six characters for it (1101).
      psn_type: 'C(6) req 人员类别',
      psn_name: 'C(20) req 人员姓名',
      begntime: 'DT req 开始时间',
      medfee_sumamt: 'N(16,2) req 医疗费总额',
      invono: 'C(20) 发票号',
      insutype: 'C(6) dict req 险种类型',
      dise_codg: 'C(30) 病种编码',
      dise_name: 'C(500) 病种名称',
      acct_used_flag: 'C(1) dict req 个人账户使用标志',
      med_type: 'C(6) dict req 医疗类别',
      exp_content: 'C(4000) 字段扩展',
    }),
    drugdetail: list({
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
    }),
    durg_trac_info: within('drugdetail', {
      feedetl_sn: 'C(30) req 费用明细流水号',
      drug_trac_codg: 'C(100) req 药品追溯码',
      trdn_flag: 'C(3) dict req 拆零标志',
    }),
  },
  output: {
    setlinfo: one(setlinfoOf('2102')),
    setldetail: list(SETLDETAIL),
    detlcutinfo: list({
      feedetl_sn: 'C(30) req 费用明细流水号',
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
      drt_reim_flag: 'C(3) dict 直报标志',
      memo: 'C(500) 备注',
    }),
  },
})
