import { defineErrors } from '../kernel/errors.ts'

/**
 * What the interface itself refuses. Those of the gateway are answered outside the envelope, in the words of the document
 * (section 2); all others become `err_msg` of an envelope with `infcode` -1.
 */
export const nhsaError = defineErrors('nhsa', {
  'gateway-headers-missing': {
    status: 401,
    title: 'Headers of the gateway are missing',
    titleZh: '缺少服务网关的请求头!',
  },
  'gateway-time': { status: 401, title: 'The timestamp is outside the window', titleZh: '签名时间戳超时!' },
  'gateway-user': { status: 401, title: 'The access key is unknown', titleZh: '非法用户!' },
  'gateway-signature': { status: 401, title: 'The signature differs', titleZh: '签名不一致!' },
  'field-invalid': { status: 400, title: 'A field is wrong', titleZh: '报文字段不合规' },
  'infno-unknown': { status: 400, title: 'No such transaction', titleZh: '不支持的交易编号' },
  'infno-mismatch': {
    status: 400,
    title: 'The transaction is named differently in body, address and headers',
    titleZh: '报文infno与请求地址或_api_name不一致',
  },
  'not-your-institution': {
    status: 403,
    title: 'fixmedins_code is not the institution of the caller',
    titleZh: 'fixmedins_code（定点医药机构编号）与调用方机构不一致',
  },
  'wrong-area': {
    status: 400,
    title: 'mdtrtarea_admvs is not the city of the institution',
    titleZh: 'mdtrtarea_admvs（就医地医保区划）不是本机构所在统筹区',
  },
  'insured-area-missing': {
    status: 400,
    title: 'insuplc_admdvs is needed where psn_no is sent',
    titleZh: 'insuplc_admdvs（参保地医保区划）在传入psn_no时不能为空',
  },
  'insured-area-outside': {
    status: 400,
    title: 'insuplc_admdvs is none of the four cities',
    titleZh: 'insuplc_admdvs（参保地医保区划）不在成都、德阳、眉山、资阳四市范围内',
  },
  'insured-elsewhere': {
    status: 422,
    title: 'The person is not insured in insuplc_admdvs',
    titleZh: 'insuplc_admdvs（参保地医保区划）与人员参保地不一致',
  },
  'signed-out': {
    status: 401,
    title: 'No sign-in is in force under sign_no',
    titleZh: 'sign_no（交易签到流水号）无有效签到，请先调用9001签到',
  },
  'sign-in-other-day': {
    status: 422,
    title: 'Only a sign-in of the same day is signed out',
    titleZh: '仅能签退当日的签到',
  },
  'msgid-form': {
    status: 400,
    title: 'msgid is not institution, time and sequence',
    titleZh: 'msgid（发送方报文ID）应为机构编号12位+时间14位+顺序号4位',
  },
  'msgid-reused': {
    status: 409,
    title: 'The msgid was used with another message',
    titleZh: 'msgid（发送方报文ID）已用于内容不同的报文',
  },
  'msgid-compensated': {
    status: 409,
    title: 'The message was compensated by 2601',
    titleZh: '该报文已被2601冲正（msgid），重办请使用新的msgid',
  },
  'answer-purged': {
    status: 410,
    title: 'The message was answered; the answer was deleted by age',
    titleZh: '该报文已处理，应答已超过保存期限，请用5201、5203查询',
  },
  'in-progress': {
    status: 503,
    title: 'The same message is being worked on',
    titleZh: '该报文正在处理中，请稍后以原报文重发',
    retryable: true,
  },
  'person-unknown': { status: 404, title: 'No such person', titleZh: '未查询到人员信息' },
  'person-mismatch': {
    status: 422,
    title: 'Certificate, name and voucher are not of one person',
    titleZh: '证件、姓名与就诊凭证不属于同一人',
  },
  'card-sn-missing': {
    status: 400,
    title: 'card_sn is needed with a social-security card',
    titleZh: 'card_sn（卡识别码）在mdtrt_cert_type为03时不能为空',
  },
  'voucher-refused': { status: 422, title: 'The voucher was refused', titleZh: '就诊凭证核验不通过' },
  'settlement-refused': { status: 422, title: 'The bill is not paid', titleZh: '结算不予支付' },
  'outcome-unknown': {
    status: 503,
    title: 'The settlement has no outcome yet',
    titleZh: '结算结果未知，请以原报文重发，或用5203查询、2601冲正',
    retryable: true,
  },
  'provider-query-empty': {
    status: 400,
    title: 'Name or code of the institution is needed',
    titleZh: 'fixmedins_name、fixmedins_code至少填写一项',
  },
  'command-invalid': { status: 400, title: 'The command is not valid', titleZh: '命令不合法' },
  'institution-unknown': { status: 404, title: 'No such institution', titleZh: '机构未登记' },
  'key-unknown': { status: 404, title: 'No such access key', titleZh: '访问密钥不存在' },
})

/** The longest err_msg (section 1.2: C(200)). */
const MOST_CHARACTERS = 200

/** As many of the parts as fit, and how many more there are. */
export function errMsg(parts: readonly string[]): string {
  let text = ''
  for (const [at, part] of parts.entries()) {
    const next = text === '' ? part : `${text}；${part}`
    const left = parts.length - at - 1
    const end = left === 0 ? '' : `；另有${left}处`
    if (Array.from(`${next}${end}`).length > MOST_CHARACTERS) {
      const more = `…；另有${parts.length - at}处`
      return text === ''
        ? `${Array.from(part)
            .slice(0, MOST_CHARACTERS - 1)
            .join('')}…`
        : `${text}${more.slice(1)}`
    }
    text = next
  }
  return text
}
