import { DRUGDETAIL, SPLIT } from './fee-lines.ts'
import { describe, list, one } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 2101 药店预结算. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2101; not compared
 * with a version of Sichuan (unverified).
 */
export const t2101 = describe('2101', '药店预结算', {
  input: {
    druginfo: one({
      psn_no: 'C(30) req 人员编号',
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) req 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      psn_cert_type: 'C(3) req 证件类型',
      certno: 'C(20) req 证件号码',
      // C(3) in the document, which has codes of up to six characters for it (1101).
      psn_type: 'C(6) req 人员类别',
      psn_name: 'C(20) req 人员姓名',
      begntime: 'DT req 开始时间',
      medfee_sumamt: 'N(16,2) req 医疗费总额',
      insutype: 'C(6) dict req 险种类型',
      dise_codg: 'C(30) 病种编码',
      dise_name: 'C(500) 病种名称',
      acct_used_flag: 'C(1) dict req 个人账户使用标志',
      med_type: 'C(6) dict req 医疗类别',
      exp_content: 'C(4000) 字段扩展',
    }),
    drugdetail: list(DRUGDETAIL),
  },
  output: {
    setlinfo: one(setlinfoOf('2101')),
    setldetail: list(SETLDETAIL),
    detlcutinfo: list({
      feedetl_sn: 'C(30) req 费用明细流水号',
      ...SPLIT,
      drt_reim_flag: 'C(3) dict 直报标志',
      memo: 'C(500) 备注',
      hosp_part_amt: 'N(16,2) 医院负担金额',
    }),
  },
})
