import { defineErrors } from '../kernel/errors.ts'

export const ledgerError = defineErrors('ledger', {
  'no-open-window': {
    status: 503,
    title: 'No accounting window is open',
    titleZh: '当前没有开放的会计期间',
    retryable: true,
  },
  'window-not-open': { status: 409, title: 'The accounting window is not open', titleZh: '会计期间未开放' },
  'account-closed': { status: 409, title: 'The account is closed', titleZh: '账户已关闭' },
  'account-not-empty': { status: 409, title: 'The account is not empty', titleZh: '账户余额不为零' },
  'account-not-found': { status: 404, title: 'There is no such account', titleZh: '账户不存在' },
})
