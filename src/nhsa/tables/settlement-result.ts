import type { FieldTable } from './form.ts'

/** The transactions whose answers hold a settlement, in the order of the marks below. */
const COLUMNS = ['2101', '2102', '2103', '2206', '2207', '2208', '2303', '2304', '2305', '5203'] as const
export type SettlementInfno = (typeof COLUMNS)[number]

/**
 * `setlinfo`, one table for ten transactions: a mark for each of them (Y required, o optional, . not there), type, dictionary,
 * name. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), output tables of these transactions (unverified
 * for Sichuan). hifdm_pay is typed C(16,2) for 2305 there, a misprint.
 */
const SETLINFO: FieldTable = {
  mdtrt_id: 'YYYYYYYYYY C(30) 就诊ID',
  setl_id: '.YY.YY.YYY C(30) 结算ID',
  psn_no: 'YY.YYoYY.Y C(30) 人员编号',
  psn_name: 'YY.YYoYY.Y C(50) 人员姓名',
  psn_cert_type: 'YY.YYoYY.Y C(6) dict 人员证件类型',
  certno: 'YY.YYoYY.Y C(50) 证件号码',
  gend: 'oo.ooooo.Y C(6) dict 性别',
  naty: 'oo.ooooo.o C(3) dict 民族',
  brdy: 'oo.ooooo.o D 出生日期',
  age: 'oY.ooooo.o N(4,1) 年龄',
  insutype: 'oY.ooooo.Y C(6) dict 险种类型',
  psn_type: 'YY.YYoYY.Y C(6) dict 人员类别',
  cvlserv_flag: 'YY.YYoYY.Y C(3) dict 公务员标志',
  setl_time: 'YYYYYYooYY DT 结算时间',
  mdtrt_cert_type: 'oo.ooooo.o C(3) dict 就诊凭证类型',
  med_type: 'YY.YYoYY.Y C(6) dict 医疗类别',
  medfee_sumamt: 'YYYYYYYYYY N(16,2) 医疗费总额',
  fulamt_ownpay_amt: 'YYYYYYYYYY N(16,2) 全自费金额',
  overlmt_selfpay: 'YYYYYYYYYY N(16,2) 超限价自费费用',
  preselfpay_amt: 'YYYYYYYYYY N(16,2) 先行自付金额',
  inscp_scp_amt: 'YYYYYYYYYY N(16,2) 符合政策范围金额',
  act_pay_dedc: 'oooooooooY N(16,2) 实际支付起付线',
  hifp_pay: 'YYYYYYYYYY N(16,2) 基本医疗保险统筹基金支出',
  pool_prop_selfpay: 'YYYYYYYYYY N(5,4) 基本医疗保险统筹基金支付比例',
  cvlserv_pay: 'YYYYYYYYYY N(16,2) 公务员医疗补助资金支出',
  hifes_pay: 'YYYYYYYYYY N(16,2) 企业补充医疗保险基金支出',
  hifmi_pay: 'YYYYYYYYYY N(16,2) 居民大病保险资金支出',
  hifob_pay: 'YYYYYYYYYY N(16,2) 职工大额医疗费用补助基金支出',
  maf_pay: 'YYYYYYYYYY N(16,2) 医疗救助基金支出',
  oth_pay: 'YYYYYYYYYY N(16,2) 其他支出',
  fund_pay_sumamt: 'YYYYYYYYYY N(16,2) 基金支付总额',
  psn_part_amt: 'YYYYYYooo. N(16,2) 个人负担总金额',
  acct_pay: 'YYYYYYYYYY N(16,2) 个人账户支出',
  psn_cash_pay: 'YYYYY.YYY. N(16,2) 个人现金支出',
  hosp_part_amt: 'oo.YYYooo. N(16,2) 医院负担金额',
  balc: 'YYYYYYYYYY N(16,2) 余额',
  acct_mulaid_pay: 'YYYYYYYYYY N(16,2) 个人账户共济支付金额',
  medins_setl_id: 'YYYYYYYYYY C(30) 医药机构结算ID',
  clr_optins: 'oooooooooo C(6) 清算经办机构',
  clr_way: 'oo.ooooo.o C(6) dict 清算方式',
  clr_type: 'YY.YYoYY.Y C(6) dict 清算类别',
  hifdm_pay: 'YYYYYYooo. N(16,2) 伤残人员医疗保障基金支出',
  exp_content: 'oo.oooooo. C(4000) 字段扩展',
  pdn_cash_pay: '.....Y.... N(16,2) 个人现金支出',
  psn_insu_rlts_id: '........o. C(20) 人员参保关系ID',
  insu_admdvs: '........o. C(6) 参保机构行政区划',
  begndate: '........oY D 开始日期',
  enddate: '........oY D 结算日期',
  mdtrt_cert_no: '........o. C(50) 就诊凭证编号',
  setl_type: '........o. C(6) 结算类别',
  crt_dedc: '........o. N(16,2) 本次起付线',
  invono: '........oo C(20) 发票号',
  flxempe_flag: '.........o C(3) dict 灵活就业标志',
  nwb_flag: '.........o C(3) dict 新生儿标志',
  insu_optins: '.........o C(6) 参保机构医保区划',
  emp_name: '.........o C(200) 单位名称',
  pay_loc: '.........Y C(6) dict 支付地点类别',
  fixmedins_code: '.........Y C(12) 定点医药机构编号',
  fixmedins_name: '.........Y C(200) 定点医药机构名称',
  hosp_lv: '.........o C(6) dict 医院等级',
  fixmedins_poolarea: '.........o C(6) 定点归属机构',
  lmtpric_hosp_lv: '.........o C(6) dict 限价医院等级',
  dedc_hosp_lv: '.........o C(6) dict 起付线医院等级',
  psn_pay: '.........Y N(16,2) 个人支付金额',
  cash_payamt: '.........Y N(16,2) 现金支付金额',
  refd_setl_flag: '.........Y C(3) dict 退费结算标志',
  year: '.........Y C(4) 年度',
  dise_codg: '.........o C(30) 病种编码',
  dise_name: '.........o C(500) 病种名称',
  opter_id: '.........o C(20) 经办人ID',
  opter_name: '.........o C(50) 经办人姓名',
  opt_time: '.........o DT 经办时间',
  pref_fund_pay: '.........o N(16,2) 优抚对象基金支出',
}

/** `setldetail`, one row for each fund; the same for the ten. Source: the same document. */
export const SETLDETAIL: FieldTable = {
  fund_pay_type: 'C(6) dict req 基金支付类型',
  inscp_scp_amt: 'N(16,2) req 符合政策范围金额',
  crt_payb_lmt_amt: 'N(16,2) req 本次可支付限额金额',
  fund_payamt: 'N(16,2) req 基金支付金额',
  fund_pay_type_name: 'C(200) 基金支付类型名称',
  setl_proc_info: 'C(4000) 结算过程信息',
}

/** The fields of `setlinfo` that one transaction has. */
export function setlinfoOf(infno: SettlementInfno): FieldTable {
  const column = COLUMNS.indexOf(infno)
  return Object.fromEntries(
    Object.entries(SETLINFO).flatMap(([name, text]) => {
      const mark = text[column]
      if (mark === '.') return []
      const [type = '', ...rest] = text.slice(COLUMNS.length + 1).split(' ')
      return [[name, [type, ...(mark === 'Y' ? ['req'] : []), ...rest].join(' ')]]
    }),
  )
}
