import { defineErrors } from '../kernel/errors.ts'

export const cardsError = defineErrors('cards', {
  'not-found': { status: 404, title: 'No such card', titleZh: '卡不存在' },
  'issuer-unknown': { status: 404, title: 'No such issuer', titleZh: '发卡机构不存在' },
  'person-unknown': { status: 422, title: 'No such person', titleZh: '人员不存在' },
  'expiry-invalid': { status: 422, title: 'The expiry is not valid', titleZh: '有效期不合法' },
  'not-usable': { status: 409, title: 'The card gives no code now', titleZh: '该卡当前不可出码' },
  'status-final': { status: 409, title: 'A revoked card stays revoked', titleZh: '已注销的卡不可变更状态' },
})
