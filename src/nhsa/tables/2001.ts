import { describe, list, one } from './form.ts'

/**
 * 2001 人员待遇享受检查. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2001; not compared
 * with a version of Sichuan (unverified).
 */
export const t2001 = describe('2001', '人员待遇享受检查', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      insutype: 'C(6) dict req 险种类型',
      fixmedins_code: 'C(12) req 定点医药机构编号',
      med_type: 'C(6) dict req 医疗类别',
      begntime: 'DT req 开始时间',
      endtime: 'DT 结束时间',
      dise_codg: 'C(30) 病种编码',
      dise_name: 'C(500) 病种名称',
      oprn_oprt_code: 'C(30) 手术操作代码',
      oprn_oprt_name: 'C(500) 手术操作名称',
      matn_type: 'C(6) dict 生育类别',
      birctrl_type: 'C(6) dict 计划生育手术类别',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {
    trtinfo: list({
      psn_no: 'C(30) req 人员编号',
      trt_chk_type: 'C(6) dict req 待遇检查类型',
      fund_pay_type: 'C(6) dict req 基金支付类型',
      trt_enjymnt_flag: 'C(3) dict req 基金款项待遇享受标志',
      begndate: 'D req 开始日期',
      enddate: 'D 结束日期',
      trt_chk_rslt: 'C(500) 待遇检查结果',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
})
