/** Why a result is not eligible or must wait, in both languages. The codes are this project's. */
export const ELIGIBILITY_TEXTS = {
  E01: { zh: '结果所属人与就诊人未确认为同一人', en: 'The result is not confirmed to be of this person' },
  E02: {
    zh: '项目未对照到互认目录，或与所开项目、标本不符',
    en: 'The item is not mapped to the catalogue, or differs from what was ordered in item or specimen',
  },
  E03: { zh: '报告状态不是终审、更正或修订', en: 'The report is not final, amended or corrected' },
  E04: { zh: '无权调阅该结果', en: 'Reading this result is not permitted' },
  E05: {
    zh: '项目不在现行互认目录内，或在负面清单中',
    en: 'The item is in no catalogue in force here, or on the negative list',
  },
  E06: {
    zh: '检查时无覆盖接诊机构所在地的互认标识',
    en: 'No mark at the time of the test reaches the receiving institution',
  },
  E07: {
    zh: '出具机构非二级及以上，且无有效质量评价',
    en: 'The issuer is below level two and had no quality evaluation at the time of the test',
  },
  E08: {
    zh: '该项目室间质评未通过、暂停或缺失',
    en: 'External quality assessment of this item was failed, suspended or missing',
  },
  E09: { zh: '已超过互认时限', en: 'The result is older than the item allows' },
  E10: { zh: '结果不完整或标本不合格', en: 'The result is incomplete or its specimen unfit' },
  E97: { zh: '出具机构暂时无法取得结果，请稍后再试', en: 'The issuing hospital could not be reached; try again' },
  E98: { zh: '影像资料暂未取得', en: 'The images could not be retrieved yet' },
} as const
export type EligibilityCode = keyof typeof ELIGIBILITY_TEXTS

interface Reason {
  readonly zh: string
  readonly en: string
  /** Stands in the rate as "not recognised". */
  readonly countable: boolean
  /** Characters that the detail needs at least. */
  readonly detail: number
}

/** Reasons for testing again although a result could be accepted (dictionary of section 4.2). A code is never deleted. */
export const REASONS = {
  '01': {
    zh: '病情变化，结果与临床表现、诊断不符',
    en: 'The condition changed; the result does not fit',
    countable: true,
    detail: 5,
  },
  '02': {
    zh: '结果在疾病发展过程中变化较快',
    en: 'The result changes fast in the course of the disease',
    countable: true,
    detail: 2,
  },
  '03': {
    zh: '重大医疗措施前',
    en: 'Of great significance: before an operation or transfusion',
    countable: true,
    detail: 2,
  },
  '04': { zh: '急诊、急救', en: 'Emergency, rescue', countable: true, detail: 0 },
  '05': {
    zh: '司法、伤残、病退等鉴定',
    en: 'Forensic, disability or sick-retirement appraisal',
    countable: true,
    detail: 2,
  },
  '06': {
    zh: '须由具备资质的机构检测',
    en: 'Only a qualified institution may do this test',
    countable: true,
    detail: 2,
  },
  '07': { zh: '医师认为确有必要', en: 'The physician judges it necessary', countable: true, detail: 10 },
  '08': { zh: '其他', en: 'Other', countable: true, detail: 2 },
  '98': { zh: '院外影像未获取', en: 'Outside images not received', countable: false, detail: 4 },
  '99': { zh: '连续监测', en: 'Continuous monitoring', countable: false, detail: 2 },
} as const satisfies Readonly<Record<string, Reason>>
export type ReasonCode = keyof typeof REASONS

export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code)
