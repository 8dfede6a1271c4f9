import { defineErrors } from '../kernel/errors.ts'

export const peopleError = defineErrors('people', {
  invalid: { status: 422, title: 'The person is not valid', titleZh: '人员信息不合法' },
  'not-found': { status: 404, title: 'No such person', titleZh: '人员不存在' },
  'details-disagree': {
    status: 409,
    title: 'The identifier belongs to a person with other details',
    titleZh: '该证件号码已登记，且登记信息不一致',
  },
  'identifiers-of-several': {
    status: 409,
    title: 'The identifiers belong to different persons',
    titleZh: '所给证件号码属于不同人员',
  },
  'insurance-not-yours': {
    status: 403,
    title: 'Only the insured city tells an insurance',
    titleZh: '参保信息只能由参保地登记',
  },
  'insurance-overlaps': {
    status: 409,
    title: 'The person is insured already on one of these days',
    titleZh: '该人员在此期间已参保',
  },
  'insurance-not-found': { status: 404, title: 'No such insurance', titleZh: '没有该参保记录' },
  'insurance-state': {
    status: 409,
    title: 'The insurance is not in the state that this needs',
    titleZh: '参保状态不允许该操作',
  },
  'identity-exists': {
    status: 409,
    title: 'This identity is noted already for one of these days',
    titleZh: '该期间已登记同一人员身份',
  },
  'identity-not-found': { status: 404, title: 'No such identity of your city', titleZh: '本市没有登记该人员身份' },
  'merge-refused': { status: 409, title: 'The two cannot be merged', titleZh: '两条人员记录不能合并' },
  'merge-not-found': { status: 404, title: 'No such merge of your city', titleZh: '本市没有该合并记录' },
  'merge-undone': { status: 409, title: 'The merge was taken back already', titleZh: '该合并已撤销' },
  'candidate-not-found': { status: 404, title: 'No such pair of yours', titleZh: '没有该疑似重复人员对' },
  'candidate-decided': { status: 409, title: 'The pair is decided already', titleZh: '该疑似重复人员对已处理' },
  'system-of-another': {
    status: 409,
    title: 'The name space of these numbers belongs to another institution',
    titleZh: '该编号体系属于其他机构',
  },
  'local-id-taken': {
    status: 409,
    title: 'The number stands for another person; end that link first',
    titleZh: '该院内编号已关联其他人员，请先解除',
  },
  'local-id-not-found': { status: 404, title: 'No such number of yours', titleZh: '本机构没有该院内编号' },
  'source-unknown': { status: 404, title: 'Nobody is known under this number', titleZh: '没有该编号对应的人员' },
  'target-unknown': { status: 403, title: 'No numbers of this name space for you', titleZh: '不能查询该编号体系' },
  'match-policy-missing': { status: 503, title: 'No figures of matching are in force', titleZh: '没有有效的匹配参数' },
  'guardian-invalid': { status: 422, title: 'The link is not valid', titleZh: '监护或家庭关系不合法' },
  'guardian-exists': {
    status: 409,
    title: 'The same link is recorded for one of these days',
    titleZh: '该期间已登记同一关系',
  },
  'guardian-not-found': { status: 404, title: 'No such link of your city', titleZh: '本市没有登记该关系' },
})
