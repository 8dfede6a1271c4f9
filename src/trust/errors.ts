import { defineErrors } from '../kernel/errors.ts'

export const trustError = defineErrors('trust', {
  'list-unknown': { status: 404, title: 'No such status list', titleZh: '没有该状态列表' },
  'not-fresh': {
    status: 503,
    title: 'The data to publish are older than the lists may be',
    titleZh: '待发布的数据已过旧',
    retryable: true,
  },
  'no-policy': { status: 503, title: 'No policy is in force for this day', titleZh: '当日无有效发布策略' },
})
