import { describe, list, one } from './form.ts'
import { SETLDETAIL, setlinfoOf } from './settlement-result.ts'

/**
 * 2303 住院预结算. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), tables of transaction 2303; not compared
 * with a version of Sichuan (unverified).
 */
export const t2303 = describe('2303', '住院预结算', {
  input: {
    data: one({
      psn_no: 'C(30) req 人员编号',
      mdtrt_cert_type: 'C(3) dict req 就诊凭证类型',
      mdtrt_cert_no: 'C(50) 就诊凭证编号',
      card_sn: 'C(32) 卡识别码',
      psn_cert_type: 'C(3) req 证件类型',
      certno: 'C(20) req 证件号码',
      // C(3) in the document, which has codes of up to six characters for it (1101).
      psn_type: 'C(6) req 人员类别',
      psn_name: 'C(20) req 人员姓名',
      medfee_sumamt: 'N(16,2) req 医疗费总额',
      psn_setlway: 'C(6) dict req 个人结算方式',
      mdtrt_id: 'C(30) req 就诊ID',
      acct_used_flag: 'C(1) dict 个人账户使用标志',
      insutype: 'C(6) dict req 险种类型',
      mid_setl_flag: 'C(3) dict req 中途结算标志',
      fulamt_ownpay_amt: 'N(16,2) 全自费金额',
      overlmt_selfpay: 'N(16,2) 超限价金额',
      preselfpay_amt: 'N(16,2) 先行自付金额',
      inscp_scp_amt: 'N(16,2) 符合政策范围金额',
      dscgTime: 'D 出院时间',
      insuplc_admdvs: 'C(6) req 参保地医保区划',
      mdtrtarea_admvs: 'C(6) req 就医地医保区划',
      exp_content: 'C(4000) 字段扩展',
    }),
  },
  output: {
    setlinfo: one(setlinfoOf('2303')),
    setldetail: list(SETLDETAIL),
  },
})
