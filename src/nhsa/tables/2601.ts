import { describe, one } from './form.ts'

/**
 * 2601 冲正交易. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2601; not compared
 * with a version of Sichuan (unverified).
 */
export const t2601 = describe('2601', '冲正交易', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      omsgid: 'C(30) req 原发送方报文ID',
      oinfno: 'C(4) req 原交易编号',
    }),
  },
  output: {},
})
