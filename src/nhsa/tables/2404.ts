import { describe, one } from './form.ts'

/**
 * 2404 入院撤销. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2404; not compared
 * with a version of Sichuan (unverified).
 */
export const t2404 = describe('2404', '入院撤销', {
  input: {
    data: one({
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {},
})
