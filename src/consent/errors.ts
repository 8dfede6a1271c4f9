import { defineErrors } from '../kernel/errors.ts'

export const consentError = defineErrors('consent', {
  'person-not-found': { status: 404, title: 'No such person', titleZh: '人员不存在' },
  'not-found': { status: 404, title: 'No such consent', titleZh: '授权记录不存在' },
  invalid: { status: 422, title: 'The consent is not valid', titleZh: '授权内容不合法' },
  'giver-not-entitled': {
    status: 422,
    title: 'Who gives it may not decide for the person',
    titleZh: '授权人无权代为决定',
  },
  'too-many': { status: 409, title: 'The person has too many consents', titleZh: '授权记录过多' },
  'relationship-not-found': { status: 404, title: 'No such relation of care', titleZh: '诊疗关系不存在' },
  'relationship-invalid': { status: 422, title: 'The relation of care is not valid', titleZh: '诊疗关系不合法' },
  'override-not-found': { status: 404, title: 'No such emergency access', titleZh: '紧急调阅不存在' },
  'override-invalid': { status: 422, title: 'The emergency access is not valid', titleZh: '紧急调阅申请不合法' },
  'override-open': { status: 409, title: 'An emergency access is open already', titleZh: '已有有效的紧急调阅' },
  'override-reviewed': { status: 409, title: 'The emergency access was reviewed', titleZh: '该紧急调阅已复核' },
  'own-override': {
    status: 409,
    title: 'Nobody reviews their own emergency access',
    titleZh: '不得复核本机构发起的紧急调阅',
  },
  'unit-blocked': {
    status: 409,
    title: 'The unit has emergency accesses that nobody reviewed in time',
    titleZh: '该科室有逾期未复核的紧急调阅',
  },
  'policy-missing': { status: 500, title: 'A policy figure is missing', titleZh: '缺少政策参数' },
})
