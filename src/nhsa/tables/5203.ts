import { describe, list, one } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 5203 结算信息查询. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 5203; not compared
 * with a version of Sichuan (unverified).
 */
export const t5203 = describe('5203', '结算信息查询', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      setl_id: 'C(30) req 结算ID',
      mdtrt_id: 'C(30) req 就诊ID',
    }),
  },
  output: {
    setlinfo: one(setlinfoOf('5203')),
    setldetail: list(SETLDETAIL),
  },
})
