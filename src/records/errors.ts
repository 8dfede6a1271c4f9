import { defineErrors } from '../kernel/errors.ts'

export const recordsError = defineErrors('records', {
  'parameter-invalid': { status: 400, title: 'A search parameter is not valid', titleZh: '检索参数不合法' },
  'purpose-missing': { status: 400, title: 'The purpose of use is missing', titleZh: '缺少使用目的' },
  'person-unknown': { status: 404, title: 'No such patient', titleZh: '患者不存在' },
  'hospital-unknown': { status: 404, title: 'No such hospital', titleZh: '医院未登记' },
  'hospital-invalid': { status: 422, title: 'The hospital is not valid', titleZh: '医院登记信息不合法' },
})
