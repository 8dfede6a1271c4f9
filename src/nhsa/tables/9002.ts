import { describe, one } from './form.ts'

/**
 * 9002 签退. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 9002; not compared
 * with a version of Sichuan (unverified).
 */
export const t9002 = describe('9002', '签退', {
  input: {
    signOut: one({
      sign_no: 'C(30) req 签到编号',
      opter_no: 'C(20) req 操作员编号',
    }),
  },
  output: {
    sign_time: one({
      sign_time: 'D req 签退时间',
    }),
  },
})
