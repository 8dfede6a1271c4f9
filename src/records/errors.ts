import { defineErrors } from '../kernel/errors.ts'

export const recordsError = defineErrors('records', {
  'parameter-invalid': { status: 400, title: 'A search parameter is not valid', titleZh: '检索参数不合法' },
  'purpose-missing': { status: 400, title: 'The purpose of use is missing', titleZh: '缺少使用目的' },
  'access-denied': { status: 403, title: 'The records may not be read', titleZh: '不得调阅该患者的健康档案' },
  'scope-missing': { status: 403, title: 'The access token lacks a scope', titleZh: '访问令牌缺少所需权限' },
  'cursor-invalid': { status: 400, title: 'The link of the page is not valid', titleZh: '分页链接无效' },
  'cursor-expired': { status: 410, title: 'The link of the page is too old', titleZh: '分页链接已过期' },
  'resource-unknown': { status: 404, title: 'No such resource', titleZh: '资源不存在' },
  'resource-withheld': { status: 403, title: 'The resource is withheld', titleZh: '该资源依授权不予展示' },
  'source-failed': {
    status: 502,
    title: 'The hospital did not give the resource',
    titleZh: '医院未能提供该资源',
    retryable: true,
  },
  'source-late': {
    status: 504,
    title: 'The hospital did not answer in time',
    titleZh: '医院未在时限内应答',
    retryable: true,
  },
  'person-unknown': { status: 404, title: 'No such patient', titleZh: '患者不存在' },
  'hospital-unknown': { status: 404, title: 'No such hospital', titleZh: '医院未登记' },
  'hospital-invalid': { status: 422, title: 'The hospital is not valid', titleZh: '医院登记信息不合法' },
})
