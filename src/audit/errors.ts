import { defineErrors } from '../kernel/errors.ts'

export const auditError = defineErrors('audit', {
  'event-invalid': { status: 500, title: 'The audit event is not valid', titleZh: '审计事件不合法' },
  'write-failed': {
    status: 503,
    title: 'The audit log cannot be written',
    titleZh: '审计日志无法写入',
    retryable: true,
  },
  'parameter-invalid': {
    status: 400,
    title: 'A parameter is not supported or not right',
    titleZh: '参数不支持或不正确',
  },
  'event-unknown': { status: 404, title: 'There is no such event for you', titleZh: '没有可供查看的此审计事件' },
})
