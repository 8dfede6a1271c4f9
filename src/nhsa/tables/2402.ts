import { describe, list, one } from './form.ts'

/**
 * 2402 出院办理. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2402; not compared
 * with a version of Sichuan (unverified).
 */
export const t2402 = describe('2402', '出院办理', {
  input: {
    dscginfo: one({
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      insutype: 'C(6) dict req 险种类型',
      endtime: 'DT req 结束时间',
      dise_codg: 'C(30) 病种编码',
      dise_name: 'C(500) 病种名称',
      oprn_oprt_code: 'C(30) 手术操作代码',
      oprn_oprt_name: 'C(500) 手术操作名称',
      fpsc_no: 'C(50) 计划生育服务证号',
      matn_type: 'C(6) dict 生育类别',
      birctrl_type: 'C(6) dict 计划生育手术类别',
      latechb_flag: 'C(3) dict 晚育标志',
      geso_val: 'N(2) 孕周数',
      fetts: 'N(3) 胎次',
      fetus_cnt: 'N(3) 胎儿数',
      pret_flag: 'C(3) dict 早产标志',
      birctrl_matn_date: 'D 计划生育手术或生育日期',
      cop_flag: 'C(3) dict 伴有并发症标志',
      dscg_dept_codg: 'C(30) req 出院科室编码',
      dscg_dept_name: 'C(100) req 出院科室名称',
      dscg_bed: 'C(30) 出院床位',
      dscg_way: 'C(3) dict req 离院方式',
      die_date: 'D 死亡日期',
      exp_content: 'C(4000) 字段扩展',
    }),
    diseinfo: list({
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      diag_type: 'C(3) dict req 诊断类别',
      maindiag_flag: 'C(3) dict req 主诊断标志',
      diag_srt_no: 'N(2) req 诊断排序号',
      diag_code: 'C(20) req 诊断代码',
      diag_name: 'C(100) req 诊断名称',
      diag_dept: 'C(50) req 诊断科室',
      dise_dor_no: 'C(30) req 诊断医生编码',
      dise_dor_name: 'C(50) req 诊断医生姓名',
      diag_time: 'DT req 诊断时间',
    }),
  },
  output: {},
})
