import { describe, list, one } from './form.ts'

/**
 * 5303 在院信息查询. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 5303; not compared
 * with a version of Sichuan (unverified).
 */
export const t5303 = describe('5303', '在院信息查询', {
  input: {
    data: one({
      psn_no: 'C(30) 人员编号',
      begntime: 'DT req 开始时间',
      endtime: 'DT req 结束时间',
    }),
  },
  output: {
    data: list({
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      psn_cert_type: 'C(6) dict req 人员证件类型',
      certno: 'C(50) req 证件号码',
      psn_name: 'C(50) req 人员姓名',
      gend: 'C(6) dict req 性别',
      brdy: 'D 出生日期',
      age: 'N(4,1) req 年龄',
      insutype: 'C(6) dict req 险种类型',
      begndate: 'D req 开始日期',
      med_type: 'C(6) dict req 医疗类别',
      ipt_otp_no: 'C(30) 住院/门诊号',
      out_flag: 'C(3) 异地标志',
    }),
  },
})
