import { defineErrors } from '../kernel/errors.ts'

export const mappingsError = defineErrors('mappings', {
  invalid: { status: 422, title: 'A mapping is not valid', titleZh: '对照不合法' },
  'csv-invalid': { status: 422, title: 'The CSV text cannot be read', titleZh: 'CSV 文本无法读取' },
  'not-found': { status: 404, title: 'No such mapping at your institution', titleZh: '本机构没有此对照' },
  decided: { status: 409, title: 'A mapping was decided already', titleZh: '对照已处理' },
  overlaps: {
    status: 409,
    title: 'Two mappings of one code would hold on the same day',
    titleZh: '同一编码在同一天有两条对照',
  },
  'broader-holds': {
    status: 409,
    title: 'A broader mapping would answer for the results of this one',
    titleZh: '另有范围更宽的对照将取代此对照',
  },
  'other-person-needed': {
    status: 409,
    title: 'Another client and another officer of your institution must confirm',
    titleZh: '须由本机构其他系统和其他经办人确认',
  },
})
