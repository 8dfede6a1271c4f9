import { defineErrors } from '../../kernel/errors.ts'

/** Calls on a visit that get no answer. A refused settlement is not among them: it is an answer with reasons. */
export const visitError = defineErrors('visit', {
  'not-found': { status: 404, title: 'No such visit at your institution', titleZh: '本机构无此就诊登记' },
  'settlement-not-found': { status: 404, title: 'No such settlement of this visit', titleZh: '该就诊无此结算' },
  'out-of-order': { status: 409, title: 'Another transaction comes first', titleZh: '交易顺序不符，缺少前置交易' },
  'done-already': { status: 409, title: 'This was done before', titleZh: '该业务已办理，不能重复' },
  'outcome-open': {
    status: 409,
    title: 'A settlement of this visit has no outcome yet',
    titleZh: '该就诊有结算尚无结果，请查询后再办理',
    retryable: true,
  },
  'other-kind': { status: 409, title: 'The visit is of another kind', titleZh: '就诊类型与交易不符' },
  'field-invalid': { status: 400, title: 'A field is not valid', titleZh: '字段不合法' },
  'person-mismatch': { status: 409, title: 'What is said of the person is not so', titleZh: '人员信息与登记不符' },
  'institution-unknown': { status: 403, title: 'Your institution is not registered', titleZh: '本机构未登记' },
  'number-taken': { status: 409, title: 'The visit number is in use', titleZh: '住院/门诊号已被使用' },
  'batch-sent': { status: 409, title: 'The batch was sent before', titleZh: '收费批次已上传，须整批撤销后重传' },
  'line-repeated': { status: 409, title: 'The serial number of a line is in use', titleZh: '费用明细流水号重复' },
  'line-not-found': { status: 404, title: 'No such fee line', titleZh: '无此费用明细' },
  'line-settled': { status: 409, title: 'A fee line is settled', titleZh: '费用明细已结算' },
  'line-returned': { status: 409, title: 'A return of the line stands', titleZh: '该明细存在退费，须先撤销退费' },
  'return-too-large': { status: 409, title: 'More is returned than was charged', titleZh: '退费超过原收费' },
  'item-unknown': {
    status: 409,
    title: 'The catalogue of the place of treatment has no such item',
    titleZh: '就医地目录无此项目',
  },
  'total-mismatch': {
    status: 409,
    title: 'A total is not the sum of the fee lines',
    titleZh: '合计金额与费用明细不一致',
  },
  'message-reused': { status: 409, title: 'The msgid was used before', titleZh: '发送方报文ID已用于其他交易' },
  'message-compensated': { status: 409, title: 'The message was compensated', titleZh: '该报文已被冲正' },
  'not-compensable': { status: 409, title: 'This transaction cannot be compensated', titleZh: '该交易不支持冲正' },
  'policy-missing': { status: 503, title: 'A rule of the area is missing', titleZh: '缺少就医地规则参数' },
})
