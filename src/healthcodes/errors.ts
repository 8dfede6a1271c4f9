import { defineErrors } from '../kernel/errors.ts'

export const healthcodesError = defineErrors('healthcodes', {
  dormant: {
    status: 409,
    title: 'Health codes are dormant: no emergency order is in force',
    titleZh: '健康码功能未启用：当前没有生效的应急命令',
  },
  'order-invalid': { status: 422, title: 'The order is not valid', titleZh: '应急命令不合法' },
  'order-not-found': { status: 404, title: 'No such order', titleZh: '应急命令不存在' },
  'order-decided': { status: 409, title: 'The order was decided or has ended', titleZh: '该命令已处理或已结束' },
  'order-overlaps': {
    status: 409,
    title: 'The city has an order in force in this time',
    titleZh: '该市在此期间已有生效的应急命令',
  },
  'other-person-needed': {
    status: 409,
    title: 'Another client and another officer must do this',
    titleZh: '须由其他系统和其他经办人办理',
  },
  'person-not-found': { status: 404, title: 'No such person', titleZh: '人员不存在' },
  'change-invalid': { status: 422, title: 'The change of level is not valid', titleZh: '赋码申请不合法' },
  'change-not-found': { status: 404, title: 'No such change', titleZh: '赋码申请不存在' },
  'change-decided': { status: 409, title: 'The change was decided already', titleZh: '赋码申请已处理' },
  'no-level': { status: 409, title: 'The person has no level of your city', titleZh: '该人员没有本市赋码' },
  'appeal-open': { status: 409, title: 'An appeal is open already', titleZh: '已有申诉正在处理' },
  'appeal-not-found': { status: 404, title: 'No such appeal', titleZh: '申诉不存在' },
  'appeal-decided': { status: 409, title: 'The appeal was decided already', titleZh: '申诉已处理' },
  'appeal-invalid': { status: 422, title: 'The decision is not valid', titleZh: '申诉处理不合法' },
  'not-appealable': { status: 409, title: 'There is nothing to appeal against', titleZh: '没有可申诉的内容' },
  'issuer-invalid': { status: 422, title: 'The issuer is not valid', titleZh: '签发机构登记不合法' },
  'issuer-not-found': { status: 404, title: 'No such issuer version', titleZh: '签发机构版本不存在' },
  'issuer-decided': { status: 409, title: 'The issuer version was decided already', titleZh: '签发机构版本已处理' },
  'issuer-exists': { status: 409, title: 'This version of the issuer exists', titleZh: '该签发机构版本已存在' },
  'hold-not-found': { status: 404, title: 'No such legal hold', titleZh: '法定留存不存在' },
  'hold-invalid': { status: 422, title: 'The legal hold is not valid', titleZh: '法定留存不合法' },
  'policy-missing': { status: 500, title: 'A policy figure is missing', titleZh: '缺少政策参数' },
})
