import { defineErrors } from '../kernel/errors.ts'

export const routingError = defineErrors('routing', {
  'not-a-message': { status: 400, title: 'The body is not a FHIR message', titleZh: '请求体不是 FHIR 消息' },
  'message-invalid': { status: 422, title: 'The message cannot be taken', titleZh: '消息无法受理' },
  'sender-mismatch': { status: 403, title: 'The message names another sender', titleZh: '消息发送方与令牌不符' },
  'destination-unknown': { status: 422, title: 'A destination is not registered', titleZh: '目的机构未登记' },
  'no-destination': { status: 422, title: 'The message goes nowhere', titleZh: '消息没有目的机构' },
  'too-old': { status: 422, title: 'The message is older than its identity is kept', titleZh: '消息超出去重保留期' },
  'too-long': { status: 413, title: 'The message is too long', titleZh: '消息过长' },
  'not-supported': { status: 400, title: 'This way of sending is not supported', titleZh: '不支持该发送方式' },
  'id-reused': {
    status: 409,
    title: 'MessageHeader.id was used for another content',
    titleZh: '消息标识已用于不同内容',
  },
  'bundle-known': {
    status: 409,
    title: 'Bundle.id belongs to another message',
    titleZh: '传输标识已用于另一消息',
  },
  'message-unknown': { status: 404, title: 'No such message', titleZh: '消息不存在' },
  'body-gone': { status: 410, title: 'The body is not kept any more', titleZh: '消息正文已超出保存期' },
  'destination-not-found': { status: 404, title: 'No such destination', titleZh: '目的地不存在' },
  'destination-invalid': { status: 422, title: 'The destination is not valid', titleZh: '目的地设置不合法' },
  'cursor-invalid': { status: 400, title: 'The cursor is not valid', titleZh: '翻页标记不合法' },
  'instant-invalid': { status: 400, title: 'An instant is not valid', titleZh: '时间不合法' },
  'filter-missing': { status: 400, title: 'Say which messages', titleZh: '请指定消息范围' },
  'policy-missing': { status: 503, title: 'A figure of policy is missing', titleZh: '缺少路由策略' },
  'subscription-unknown': { status: 404, title: 'No such subscription', titleZh: '订阅不存在' },
  'subscription-invalid': { status: 422, title: 'The subscription cannot be taken', titleZh: '订阅无法受理' },
})
