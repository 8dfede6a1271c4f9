import type { FieldTable } from './form.ts'

/**
 * The envelope of every request. Source: 湖南省医疗保障信息平台定点医药机构接口规范 V1.1.27 (2024-10), 4.3. Here `infno` takes five
 * characters, as the document's own 2203A has five. `input` is looked at by the transaction's tables.
 */
export const REQUEST: FieldTable = {
  infno: 'C(5) req 交易编号',
  msgid: 'C(30) req 发送方报文ID',
  mdtrtarea_admvs: 'C(6) req 就医地医保区划',
  insuplc_admdvs: 'C(6) 参保地医保区划',
  recer_sys_code: 'C(10) req 接收方系统代码',
  dev_no: 'C(100) 设备编号',
  dev_safe_info: 'C(2000) 设备安全信息',
  cainfo: 'C(1024) 数字签名信息',
  signtype: 'C(10) 签名类型',
  infver: 'C(6) req 接口版本号',
  opter_type: 'C(3) dict req 经办人类别',
  opter: 'C(30) req 经办人',
  opter_name: 'C(50) req 经办人姓名',
  inf_time: 'DT(19) req 交易时间',
  fixmedins_code: 'C(12) req 定点医药机构编号',
  fixmedins_name: 'C(20) req 定点医药机构名称',
  sign_no: 'C(30) 交易签到流水号',
}

/** The envelope of every answer; `output` is written by the transaction's tables. Source: the same. */
export const RESPONSE: FieldTable = {
  infcode: 'N(4) req 交易状态码',
  inf_refmsgid: 'C(30) req 接收方报文ID',
  refmsg_time: 'C(17) 接收报文时间',
  respond_time: 'C(17) 响应报文时间',
  err_msg: 'C(200) 错误信息',
}
