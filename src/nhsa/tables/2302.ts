import { describe, list } from './form.ts'

/**
 * 2302 住院费用明细撤销. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2302; not compared
 * with a version of Sichuan (unverified).
 */
export const t2302 = describe('2302', '住院费用明细撤销', {
  input: {
    data: list({
      feedetl_sn: 'C(30) req 费用明细流水号',
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {},
})
