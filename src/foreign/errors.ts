import { defineErrors } from '../kernel/errors.ts'

export const foreignError = defineErrors('foreign', {
  'list-invalid': { status: 422, title: 'The trust list is not valid', titleZh: '信任名单不合法' },
  'list-older': {
    status: 409,
    title: 'The trust list is not newer than the one in force',
    titleZh: '信任名单不新于现行名单',
  },
  'list-expired': { status: 422, title: 'The trust list is past its end', titleZh: '信任名单已过有效期' },
})
