import type { BenefitRefusal } from '../benefits/index.ts'
import type { InstitutionFacts, RecognitionReason } from '../institutions/index.ts'
import type { Reason } from './types.ts'

export const notInsured = (date: string): Reason => ({
  code: 'person-not-insured',
  detail: 'The person is unknown or has no insurance of the four cities on the day of the settlement.',
  detailZh: '该人员不存在，或结算日在四市无参保关系',
  meta: { on: date },
})

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
    case 'bill-empty':
      return { code: refusal.code, detail: 'The bill has no lines.', detailZh: '费用明细为空' }
  }
}
