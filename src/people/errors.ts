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
  'identifier-missing': {
    status: 422,
    title: 'The person has no identifier of this kind',
    titleZh: '该人员没有此类证件',
  },
  'guardian-invalid': { status: 422, title: 'The link is not valid', titleZh: '监护或家庭关系不合法' },
  'guardian-exists': {
    status: 409,
    title: 'The same link is recorded for one of these days',
    titleZh: '该期间已登记同一关系',
  },
  'guardian-not-found': { status: 404, title: 'No such link of your city', titleZh: '本市没有登记该关系' },
})
