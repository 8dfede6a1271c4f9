import { defineErrors } from '../../kernel/errors.ts'

/** What this hospital answers instead of a result. Details name parameters and elements, never their values. */
export const hospitalError = defineErrors('hospital', {
  'not-json': { status: 400, title: 'The body is not JSON', titleZh: '请求体不是 JSON' },
  'bad-structure': { status: 400, title: 'The body is not a FHIR R4 resource', titleZh: '请求体不是 FHIR R4 资源' },
  'bad-value': { status: 400, title: 'A value is not valid', titleZh: '取值不合法' },
  'not-supported': { status: 400, title: 'Not supported by this server', titleZh: '本服务器不支持' },
  'token-missing': { status: 401, title: 'A valid access token is needed', titleZh: '需要有效的访问令牌' },
  'scope-missing': { status: 403, title: 'The token does not cover this request', titleZh: '令牌权限不足' },
  'not-found': { status: 404, title: 'No such resource', titleZh: '资源不存在' },
  'unknown-type': { status: 404, title: 'Not a FHIR R4 resource type', titleZh: '不是 FHIR R4 资源类型' },
  'not-acceptable': { status: 406, title: 'Only JSON is offered', titleZh: '仅提供 JSON 格式' },
  gone: { status: 410, title: 'The resource was deleted', titleZh: '资源已删除' },
  'page-expired': { status: 410, title: 'This page is no longer kept', titleZh: '该分页已失效' },
  'several-matches': { status: 412, title: 'The condition matches several resources', titleZh: '条件匹配多个资源' },
  'version-differs': { status: 412, title: 'The version is not the current one', titleZh: '版本不是当前版本' },
  'too-large': { status: 413, title: 'The body is too large', titleZh: '请求体过大' },
  'too-many-entries': { status: 413, title: 'The bundle has too many entries', titleZh: '资源包条目过多' },
  'media-type': { status: 415, title: 'The media type is not FHIR JSON', titleZh: '媒体类型不是 FHIR JSON' },
})
