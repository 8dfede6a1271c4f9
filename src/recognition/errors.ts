import { defineErrors } from '../kernel/errors.ts'

export const recognitionError = defineErrors('recognition', {
  'statement-invalid': { status: 422, title: 'The physician statement is not valid', titleZh: '医师说明不合法' },
  'statement-unmatched': {
    status: 400,
    title: 'A statement is about an item that is not decided on',
    titleZh: '说明所指项目不在本次判定之内',
  },
  'issuer-unknown': {
    status: 422,
    title: 'The issuing hospital takes no part in the exchange',
    titleZh: '出具机构未接入共享',
  },
  'receiver-unknown': {
    status: 422,
    title: 'The receiving institution is not in the register',
    titleZh: '接诊机构未登记',
  },
  'link-invalid': {
    status: 403,
    title: 'The link is not valid, or no longer',
    titleZh: '链接无效或已过期',
  },
  'register-invalid': {
    status: 422,
    title: 'The register rows are not valid',
    titleZh: '互认目录数据不合法',
  },
  'order-day-invalid': {
    status: 422,
    title: 'The day of the order cannot be checked',
    titleZh: '开单日期不在可核查范围内',
  },
})
