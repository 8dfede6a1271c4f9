import { describe, list, one } from './form.ts'

/**
 * 2203A 定点零售药店门诊就诊信息上传. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2203A; not compared
 * with a version of Sichuan (unverified).
 */
export const t2203A = describe('2203A', '定点零售药店门诊就诊信息上传', {
  input: {
    mdtrtinfo: one({
      mdtrt_id: 'C(30) req 就诊ID',
      psn_no: 'C(30) req 人员编号',
      med_type: 'C(6) dict req 医疗类别',
      begntime: 'DT req 开始时间',
      main_cond_dscr: 'C(1000) 主要病情描述',
      dise_codg: 'C(30) 病种编码',
      dise_name: 'C(500) 病种名称',
      birctrl_type: 'C(6) dict 计划生育手术类别',
      birctrl_matn_date: 'D 计划生育手术或生育日期',
      matn_type: 'C(6) 生育类别',
      geso_val: 'N(2) 孕周数',
      rxfixmedinsCode: 'C(12) 处方医药机构编码',
      rxfixmedinsName: 'C(20) 处方医药机构名称',
      rxIn: 'bytes 文件数据',
      rxfilename: 'C(200) 文件名',
      rxExpContent: 'C(2000) 处方扩展字段',
      exp_content: 'C(4000) 字段扩展',
    }),
    diseinfo: list({
      diag_type: 'C(3) dict req 诊断类别',
      diag_srt_no: 'N(2) req 诊断排序号',
      diag_code: 'C(30) req 诊断代码',
      diag_name: 'C(100) req 诊断名称',
      diag_dept: 'C(50) req 诊断科室',
      dise_dor_no: 'C(30) req 诊断医生编码',
      dise_dor_name: 'C(50) req 诊断医生姓名',
      diag_time: 'DT req 诊断时间',
      vali_flag: 'C(3) dict req 有效标志',
    }),
  },
  output: {},
})
