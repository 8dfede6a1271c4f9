import { defineErrors } from '../kernel/errors.ts'

export const issuersError = defineErrors('issuers', {
  'not-found': { status: 404, title: 'No such issuer or key', titleZh: '发卡机构或密钥不存在' },
  'dates-invalid': { status: 422, title: 'The dates are not possible', titleZh: '日期不合法' },
  'no-signing-key': {
    status: 503,
    title: 'The issuer has no key in force',
    titleZh: '发卡机构无可用密钥',
    retryable: true,
  },
})
