import { describe, list, one } from './form.ts'

/**
 * 1201 医药机构信息获取. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 1201; not compared
 * with a version of Sichuan (unverified).
 */
export const t1201 = describe('1201', '医药机构信息获取', {
  input: {
    medinsinfo: one({
      fixmedins_type: 'C(6) dict req 定点医疗服务机构类型',
      fixmedins_name: 'C(200) 定点医药机构名称',
      fixmedins_code: 'C(12) 定点医药机构编号',
    }),
  },
  output: {
    medinsinfo: list({
      fixmedins_code: 'C(12) req 定点医药机构编号',
      fixmedins_name: 'C(200) req 定点医药机构名称',
      uscc: 'C(50) req 统一社会信用代码',
      fixmedins_type: 'C(6) dict req 定点医疗服务机构类型',
      hosp_lv: 'C(6) dict 医院等级',
      exp_content: 'C(4000) 扩展字段',
    }),
  },
})
