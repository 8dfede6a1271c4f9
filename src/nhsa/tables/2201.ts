import { describe, one } from './form.ts'

/**
 * 2201 门诊挂号. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2201; not compared
 * with a version of Sichuan (unverified).
 */
export const t2201 = describe('2201', '门诊挂号', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      insutype: 'C(6) dict req 险种类型',
      begntime: 'DT req 开始时间',
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) req 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      psn_cert_type: 'C(3) req 证件类型',
      certno: 'C(20) req 证件号码',
      // C(3) in the document, which has codes of up to six characters for it (1101).
      psn_type: 'C(6) req 人员类别',
      psn_name: 'C(20) req 人员姓名',
      ipt_otp_no: 'C(30) req 住院/门诊号',
      atddr_no: 'C(30) 医师编码',
      dr_name: 'C(50) 医师姓名',
      dept_code: 'C(30) req 科室编码',
      dept_name: 'C(100) req 科室名称',
      caty: 'C(10) dict req 科别',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {
    data: one({
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      ipt_otp_no: 'C(30) req 住院/门诊号',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
})
