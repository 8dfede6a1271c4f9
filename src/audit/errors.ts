import { defineErrors } from '../kernel/errors.ts'

export const auditError = defineErrors('audit', {
  'event-invalid': { status: 500, title: 'The audit event is not valid', titleZh: '审计事件不合法' },
  'write-failed': {
    status: 503,
    title: 'The audit log cannot be written',
    titleZh: '审计日志无法写入',
    retryable: true,
  },
})
