/** Why access was given or not, for whoever is told: the reader, the person, the auditor. */
export const REASONS = {
  'override-active': { zh: '紧急调阅授权有效', en: 'An emergency access is in force' },
  'consent-permits': { zh: '本人同意', en: 'The person consents' },
  'relationship-reported': { zh: '本机构已登记诊疗关系', en: 'The institution reported that it treats the person' },
  'relationship-card-shown': { zh: '患者近期在本机构出示过一码通', en: 'The person showed a card at the institution' },
  'relationship-declared': { zh: '调阅者声明诊疗目的', en: 'The reader states that it is for treatment' },
  'purpose-default': { zh: '该用途的默认规则允许', en: 'The default of the purpose allows it' },
  'legal-ground': { zh: '法定职责或应急命令', en: 'A statutory duty or an emergency order covers it' },
  'sources-denied': { zh: '部分来源机构因本人不同意未予显示', en: 'Some sources are not shown: the person refused' },
  'purpose-unknown': { zh: '用途未登记', en: 'The purpose is not known' },
  'purpose-not-for-role': { zh: '该用途不适用于此类机构', en: 'The purpose is not open to this kind of caller' },
  'class-not-covered': { zh: '该用途不涵盖所请求的数据类别', en: 'The purpose does not reach this class of data' },
  'consent-denied': { zh: '本人不同意', en: 'The person refused' },
  'consent-withdrawn': { zh: '本人已撤回同意', en: 'The person withdrew the consent' },
  'no-consent': { zh: '该用途须经本人同意', en: 'The purpose needs a consent' },
  'relationship-missing': { zh: '未登记诊疗关系', en: 'No relation of care is known' },
  'override-missing': { zh: '须先办理紧急调阅', en: 'An emergency access must be opened first' },
  'no-legal-ground': { zh: '无法律依据涵盖该请求', en: 'No legal ground covers the request' },
} as const

export type ReasonCode = keyof typeof REASONS
