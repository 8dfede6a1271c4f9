import { defineErrors } from '../kernel/errors.ts'

export const reconciliationError = defineErrors('reconciliation', {
  'date-invalid': { status: 400, title: 'The date is not a calendar day', titleZh: '日期不合法' },
  'group-repeated': {
    status: 400,
    title: 'Two groups have the same insurance and kind of clearing',
    titleZh: '险种与清算类别重复',
  },
  'row-repeated': { status: 400, title: 'Two details have the same settlement id', titleZh: '结算ID重复' },
  'statement-not-found': { status: 404, title: 'No such statement', titleZh: '对账单不存在' },
  'institution-missing': {
    status: 403,
    title: 'Only an institution has a daily statement',
    titleZh: '仅定点机构可对账',
  },
})
