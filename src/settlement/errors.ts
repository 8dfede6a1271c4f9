import { defineErrors } from '../kernel/errors.ts'

/** Requests that get no answer. A refused settlement is not among them: it is an answer with reasons. */
export const settlementError = defineErrors('settlement', {
  'claim-not-found': { status: 404, title: 'No such claim', titleZh: '结算单不存在' },
  'total-mismatch': {
    status: 400,
    title: 'The total is not the sum of the lines',
    titleZh: '医疗费总额与明细合计不一致',
  },
  'time-invalid': { status: 400, title: 'The settlement time is not valid', titleZh: '结算时间不合法' },
  'time-too-old': {
    status: 400,
    title: 'The settlement time lies too far back',
    titleZh: '结算时间超出允许的补录期限',
  },
  'limit-missing': {
    status: 503,
    title: 'A limit of policy is missing',
    titleZh: '缺少政策限值',
  },
  'line-amount-mismatch': {
    status: 400,
    title: 'The amount of a line is not quantity times price',
    titleZh: '明细金额与数量乘单价不一致',
  },
  'item-unknown': {
    status: 400,
    title: 'An item is not in the catalogue of the place of treatment',
    titleZh: '就医地目录中没有该项目',
  },
  'terms-mismatch': {
    status: 400,
    title: 'The terms of a line are not those of the catalogue',
    titleZh: '明细的甲乙丙类别、先自付比例或限价与目录不一致',
  },
  'family-invalid': { status: 400, title: 'The family account cannot be told so', titleZh: '共济关系信息不合法' },
  'line-repeated': { status: 400, title: 'Two lines have the same serial number', titleZh: '费用明细流水号重复' },
  'institution-unknown': { status: 403, title: 'Your institution is not registered', titleZh: '本机构未登记' },
  'claim-pending': { status: 409, title: 'The claim has no answer yet', titleZh: '结算尚未完成', retryable: true },
  'not-settled': {
    status: 409,
    title: 'The claim was refused: there is nothing to reverse',
    titleZh: '结算已被拒绝，无可冲正',
  },
  'not-reversed': { status: 404, title: 'The settlement has not been reversed', titleZh: '该结算尚未冲正' },
  'already-reversed': { status: 409, title: 'The settlement is reversed already', titleZh: '结算已冲正' },
  'key-reused': {
    status: 409,
    title: 'Idempotency-Key was used with another request',
    titleZh: '幂等键已用于不同的请求',
  },
})
