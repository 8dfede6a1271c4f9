import { defineErrors } from '../kernel/errors.ts'

export const institutionsError = defineErrors('institutions', {
  'code-invalid': { status: 400, title: 'The institution code is not valid', titleZh: '定点医药机构编号不合法' },
  invalid: { status: 422, title: 'The institution is not valid', titleZh: '机构信息不合法' },
  'not-found': { status: 404, title: 'No such institution', titleZh: '机构不存在' },
  'already-suspended': {
    status: 409,
    title: 'A suspension already runs in this period',
    titleZh: '该时段已有中止记录',
  },
})
