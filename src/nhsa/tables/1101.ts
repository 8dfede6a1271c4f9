import { describe, list, one } from './form.ts'

/**
 * 1101 人员信息获取. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 1101; not compared
 * with a version of Sichuan (unverified).
 */
export const t1101 = describe('1101', '人员信息获取', {
  input: {
    data: one({
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) req 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      begntime: 'DT 开始时间',
      psn_cert_type: 'C(6) dict req 人员证件类型',
      certno: 'C(50) req 证件号码',
      psn_name: 'C(50) req 人员姓名',
    }),
  },
  output: {
    baseinfo: one({
      psn_no: 'C(30) req 人员编号',
      psn_cert_type: 'C(6) dict req 人员证件类型',
      certno: 'C(50) req 证件号码',
      psn_name: 'C(50) req 人员姓名',
      gend: 'C(6) dict req 性别',
      naty: 'C(3) dict 民族',
      brdy: 'D 出生日期',
      age: 'N(4,1) req 年龄',
      exp_content: 'C(4000) 字段扩展',
    }),
    insuinfo: list({
      balc: 'N(16,2) req 余额',
      insutype: 'C(6) dict req 险种类型',
      psn_type: 'C(6) dict req 人员类别',
      psn_insu_stas: 'C(6) dict 人员参保状态',
      psn_insu_date: 'D 个人参保日期',
      paus_insu_date: 'D 暂停参保日期',
      cvlserv_flag: 'C(3) dict req 公务员标志',
      insuplc_admdvs: 'C(6) req 参保地医保区划',
      emp_name: 'C(200) 单位名称',
    }),
    idetinfo: list({
      psn_idet_type: 'C(3) dict req 人员身份类别',
      psn_type_lv: 'C(3) dict 人员类别等级',
      memo: 'C(500) 备注',
      begntime: 'DT req 开始时间',
      endtime: 'DT 结束时间',
    }),
  },
})
