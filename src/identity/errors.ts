import { defineErrors } from '../kernel/errors.ts'

export const identityError = defineErrors('identity', {
  'client-invalid': { status: 422, title: 'The client cannot be registered so', titleZh: '调用方登记信息不合法' },
  'client-exists': { status: 409, title: 'The client is registered already', titleZh: '调用方已登记' },
  'client-unknown': { status: 404, title: 'No such client', titleZh: '调用方不存在' },
  'credentials-missing': { status: 404, title: 'No sandbox credentials', titleZh: '没有沙箱凭证' },
  'service-unreachable': { status: 503, title: 'The service does not answer', titleZh: '服务未响应', retryable: true },
  'token-refused': { status: 401, title: 'The service gave no token', titleZh: '未能取得令牌' },
  'command-invalid': { status: 400, title: 'The command is not valid', titleZh: '命令不合法' },
})

/**
 * Errors of the token endpoint by their names in RFC 6749 §5.2. `detail` becomes `error_description`, so it holds
 * only what that grammar allows (no double quote, no backslash) and never a value that the caller sent.
 */
export const oauthError = defineErrors('oauth', {
  invalid_request: { status: 400, title: 'The token request is not valid', titleZh: '令牌请求不合法' },
  invalid_client: { status: 401, title: 'The client is not authenticated', titleZh: '调用方认证失败' },
  invalid_scope: { status: 400, title: 'The scope is not granted', titleZh: '权限超出授权范围' },
  unsupported_grant_type: { status: 400, title: 'The grant type is not supported', titleZh: '不支持的授权类型' },
})
