import { defineErrors } from '../kernel/errors.ts'

export const cardsError = defineErrors('cards', {
  'not-found': { status: 404, title: 'No such card', titleZh: '卡不存在' },
  'issuer-unknown': { status: 404, title: 'No such issuer', titleZh: '发卡机构不存在' },
  'person-unknown': { status: 422, title: 'No such person', titleZh: '人员不存在' },
  'expiry-invalid': { status: 422, title: 'The expiry is not valid', titleZh: '有效期不合法' },
  'not-usable': { status: 409, title: 'The card gives no code now', titleZh: '该卡当前不可出码' },
  'status-final': { status: 409, title: 'A revoked card stays revoked', titleZh: '已注销的卡不可变更状态' },
  'already-issued': { status: 409, title: 'The person has a card of this city', titleZh: '该人员已有本市有效卡' },
  'guardian-needed': {
    status: 422,
    title: 'A child under 14 needs a guardian',
    titleZh: '未满十四周岁须先登记监护人',
  },
  'not-renewable': { status: 409, title: 'A suspended card is not renewed', titleZh: '暂停使用的卡不可换发' },
  'not-lost': { status: 409, title: 'The card was not reported lost', titleZh: '该卡未挂失，不可补发' },
  'holder-needed': { status: 422, title: 'The holder must be named', titleZh: '须注明持卡人' },
  'not-linked': {
    status: 403,
    title: 'Nothing lets this person show the code',
    titleZh: '该人员无权代持此卡的码',
  },
  'code-too-long': { status: 422, title: 'The code does not fit the QR code', titleZh: '码过长，无法生成二维码' },
  'carrier-invalid': { status: 422, title: 'The carrier is not valid', titleZh: '载体信息不合法' },
  'carrier-known': { status: 409, title: 'The number is registered already', titleZh: '该载体号码已登记' },
  'carrier-not-found': { status: 404, title: 'No such carrier of your city', titleZh: '本市没有该载体' },
})
