import { describe, list, one } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 2207 门诊结算. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2207; not compared
 * with a version of Sichuan (unverified).
 */
export const t2207 = describe('2207', '门诊结算', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) req 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      psn_cert_type: 'C(3) req 证件类型',
      certno: 'C(20) req 证件号码',
      med_type: 'C(6) dict req 医疗类别',
      medfee_sumamt: 'N(16,2) req 医疗费总额',
      psn_setlway: 'C(6) dict req 个人结算方式',
      mdtrt_id: 'C(30) req 就诊ID',
      chrg_bchno: 'C(30) req 收费批次号',
      insutype: 'C(6) dict req 险种类型',
      acct_used_flag: 'C(1) dict req 个人账户使用标志',
      invono: 'C(20) 发票号',
      fulamt_ownpay_amt: 'N(16,2) req 全自费金额',
      overlmt_selfpay: 'N(16,2) req 超限价金额',
      preselfpay_amt: 'N(16,2) req 先行自付金额',
      inscp_scp_amt: 'N(16,2) req 符合政策范围金额',
      exp_content: 'C(4000) 字段扩展',
      pub_hosp_rfom_flag: 'C(6) 公立医院改革标志',
    }),
  },
  output: {
    setlinfo: one(setlinfoOf('2207')),
    setldetail: list(SETLDETAIL),
  },
})
