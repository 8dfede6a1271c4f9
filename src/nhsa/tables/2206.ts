import { describe, list, one } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 2206 门诊预结算. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2206; not compared
 * with a version of Sichuan (unverified).
 */
export const t2206 = describe('2206', '门诊预结算', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) req 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      psn_cert_type: 'C(3) req 证件类型',
      certno: 'C(20) req 证件号码',
      // C(3) in the document, which has codes of up to six characters for it (1101).
      psn_type: 'C(6) req 人员类别',
      psn_name: 'C(20) req 人员姓名',
      med_type: 'C(6) dict req 医疗类别',
      medfee_sumamt: 'N(16,2) req 医疗费总额',
      psn_setlway: 'C(6) dict req 个人结算方式',
      mdtrt_id: 'C(30) req 就诊ID',
      chrg_bchno: 'C(30) req 收费批次号',
      acct_used_flag: 'C(1) dict req 个人账户使用标志',
      insutype: 'C(6) dict req 险种类型',
      exp_content: 'C(4000) 字段扩展',
      pub_hosp_rfom_flag: 'C(6) 公立医院改革标志',
    }),
  },
  output: {
    setlinfo: one(setlinfoOf('2206')),
    setldetail: list(SETLDETAIL),
  },
})
