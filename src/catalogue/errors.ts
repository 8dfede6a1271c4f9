import { defineErrors } from '../kernel/errors.ts'

export const catalogueError = defineErrors('catalogue', {
  'import-invalid': { status: 422, title: 'The catalogue rows are not valid', titleZh: '医保目录数据不合法' },
  'not-found': { status: 404, title: 'No such item in this catalogue', titleZh: '目录中没有该项目' },
})
