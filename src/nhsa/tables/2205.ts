import { describe, one } from './form.ts'

/**
 * 2205 门诊费用明细信息撤销. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2205; not compared
 * with a version of Sichuan (unverified).
 */
export const t2205 = describe('2205', '门诊费用明细信息撤销', {
  input: {
    data: one({
      mdtrt_id: 'C(30) req 就诊ID',
      chrg_bchno: 'C(30) req 收费批次号',
      psn_no: 'C(30) req 人员编号',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {},
})
