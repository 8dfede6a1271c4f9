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
})
