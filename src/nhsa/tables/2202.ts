import { describe, one } from './form.ts'

/**
 * 2202 门诊挂号撤销. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2202; not compared
 * with a version of Sichuan (unverified).
 */
export const t2202 = describe('2202', '门诊挂号撤销', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      mdtrt_id: 'C(30) req 就诊ID',
      ipt_otp_no: 'C(30) req 住院/门诊号',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {},
})
