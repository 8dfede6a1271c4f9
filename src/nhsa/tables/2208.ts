import { describe, list, one } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 2208 门诊结算撤销. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2208; not compared
 * with a version of Sichuan (unverified).
 */
export const t2208 = describe('2208', '门诊结算撤销', {
  input: {
    data: one({
      setl_id: 'C(30) req 结算ID',
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {
    setlinfo: one(setlinfoOf('2208')),
    setldetail: list(SETLDETAIL),
  },
})
