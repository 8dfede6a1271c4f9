import { defineErrors } from '../kernel/errors.ts'

export const labsError = defineErrors('labs', {
  'document-invalid': {
    status: 422,
    title: 'The document is not a laboratory report that can be read',
    titleZh: '检验报告文档不合法',
  },
  'not-representable': {
    status: 422,
    title: 'The report cannot be written as FHIR R4',
    titleZh: '报告无法表示为 FHIR R4',
  },
  'document-reused': {
    status: 409,
    title: 'The id of the document was used for another one',
    titleZh: '文档标识已用于其他文档',
  },
  'sender-invalid': { status: 422, title: 'The registration of the sender is not valid', titleZh: '发送方登记不合法' },
  'review-not-found': {
    status: 404,
    title: 'No such open report at your institution',
    titleZh: '本机构没有此待核对报告',
  },
  'person-unknown': {
    status: 409,
    title: 'The person of the report is still not known, or is contradicted by its name, birth date or sex',
    titleZh: '仍未找到报告所载证件号码对应的人员,或姓名、出生日期、性别与其不符',
  },
  'newer-version-waits': {
    status: 409,
    title: 'A newer version of the report waits too; decide on it first',
    titleZh: '该报告有更新的版本待核对,请先处理',
  },
  'policy-missing': {
    status: 503,
    title: 'No figure says how long results are held, so none is taken',
    titleZh: '缺少检验结果留存期限参数',
  },
})
