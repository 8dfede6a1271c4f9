import { describe, one } from './form.ts'

/**
 * 9001 签到. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 9001; not compared
 * with a version of Sichuan (unverified).
 */
export const t9001 = describe('9001', '签到', {
  input: {
    signIn: one({
      opter_no: 'C(20) req 操作员编号',
      mac: 'C(20) req 签到MAC地址',
      ip: 'C(20) req 签到IP地址',
    }),
  },
  output: {
    signinoutb: one({
      sign_time: 'D req 签到时间',
      sign_no: 'C(30) req 签到编号',
    }),
  },
})
