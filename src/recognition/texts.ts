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
