import type { BenefitRefusal } from '../benefits/index.ts'
import type { InstitutionFacts, RecognitionReason } from '../institutions/index.ts'
import type { Reason } from './types.ts'

export const notInsured = (date: string): Reason => ({
  code: 'person-not-insured',
  detail: 'The person is unknown or has no insurance of the four cities on the day of the settlement.',
  detailZh: '该人员不存在，或结算日在四市无参保关系',
  meta: { on: date },
})

/** psn_insu_stas: the insurance is there, but what it pays rests. */
export const insuranceRests = (status: string): Reason =>
  status === '2'
    ? {
        code: 'insurance-suspended',
        detail: 'The insurance of the person is suspended on the day of the settlement.',
        detailZh: '结算日该人员暂停参保',
      }
    : {
        code: 'insurance-ended',
        detail: 'The insurance of the person has ended on the day of the settlement.',
        detailZh: '结算日该人员已终止参保',
      }

/** Inside the four cities nobody files; elsewhere filing is needed, and this hub does not take it. */
export const filingNeeded = (city: string): Reason => ({
  code: 'filing-required',
  detail: 'Care between these places needs a filing (异地就医备案) with the insured city.',
  detailZh: `参保地与就医地不同属成德眉资四市，须先办理异地就医备案：${city}`,
  meta: { city },
})

export const stayMissing: Reason = {
  code: 'stay-missing',
  detail: 'An inpatient bill (med_type 21) names admission and discharge.',
  detailZh: '住院结算须有入院和出院时间',
}

export const diseaseMissing: Reason = {
  code: 'disease-missing',
  detail: 'Care for a chronic or special disease (med_type 14) names the disease (dise_codg).',
  detailZh: '门诊慢特病结算须有病种编码',
}

export const careUnknown = (medType: string): Reason => ({
  code: 'care-unsupported',
  detail: `This kind of care is not settled here: med_type ${medType}.`,
  detailZh: `不支持的医疗类别：${medType}`,
  meta: { med_type: medType },
})

export const noFamilyAccount: Reason = {
  code: 'family-account-missing',
  detail: 'Nobody has let the person use an account on this day (acct_used_flag 2).',
  detailZh: '结算日该人员没有共济账户授权',
}

/** The verifier's own reasons against what was shown, under one prefix. */
export const cardRefused = (reason: { readonly code: string; readonly en?: string; readonly zh?: string }): Reason => ({
  code: `card-${reason.code}`,
  detail: reason.en ?? 'The card or code that was shown is not good.',
  detailZh: reason.zh ?? '出示的卡或码未通过核验',
})

export const cardOfAnother: Reason = {
  code: 'card-of-another-person',
  detail: 'The card or code that was shown is not of the person of the bill.',
  detailZh: '出示的卡或码与结算人员不是同一人',
}

/** The register's own reasons, under one prefix. */
export const notRecognised = (reason: RecognitionReason): Reason => ({
  code: `institution-${reason.code}`,
  detail: reason.en,
  detailZh: reason.zh,
})

export const careNotOffered = (medType: string, kind: InstitutionFacts['kind']): Reason => ({
  code: 'care-not-offered',
  detail: `A ${kind} does not settle this kind of care (med_type ${medType}).`,
  detailZh: `该类机构不能结算此医疗类别：${medType}`,
  meta: { med_type: medType, kind },
})

/** What benefits refused, in words. A missing figure is named so that an operator can supply it. */
export const benefitReason = (refusal: BenefitRefusal): Reason => {
  switch (refusal.code) {
    case 'parameter-missing': {
      const { code, reason, ...meta } = refusal
      return {
        code,
        detail: `No figure for ${refusal.item} is in force in the insured city for this kind of care.`,
        detailZh: `参保地缺少待遇参数：${refusal.item}`,
        meta: { ...meta, gap: reason },
      }
    }
    case 'benefit-unsupported':
      return {
        code: refusal.code,
        detail: `This kind of benefit is not calculated here: ${refusal.benefit}.`,
        detailZh: `暂不支持的待遇类型：${refusal.benefit}`,
        meta: { benefit: refusal.benefit },
      }
    case 'person-type-unknown':
      return {
        code: refusal.code,
        detail: `No benefit rules know this type of person: psn_type ${refusal.psnType}.`,
        detailZh: `无法识别的人员类别：${refusal.psnType}`,
        meta: { psn_type: refusal.psnType },
      }
    case 'disease-missing':
      return diseaseMissing
    case 'bill-empty':
      return { code: refusal.code, detail: 'The bill has no lines.', detailZh: '费用明细为空' }
  }
}
