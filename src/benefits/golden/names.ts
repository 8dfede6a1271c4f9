import type { AccumulatorKind } from '../accumulators.ts'
import { SHARE_FIELDS } from '../identities.ts'
import type { BenefitShares } from '../types.ts'

/** `before` and `expect.after` of a case, with the accumulator each names. */
export const ACCUMULATOR_NAMES: Readonly<Record<string, AccumulatorKind>> = {
  outpatient_deductible_used: 'outpatientDeductible',
  outpatient_fund_paid: 'outpatientPaid',
  stays: 'inpatientStays',
  inpatient_fund_paid: 'inpatientPaid',
  burden: 'inScopeBurden',
  serious_illness_paid: 'seriousIllnessPaid',
  large_amount_paid: 'largeAmountPaid',
  above_cap: 'aboveCap',
  medical_aid_paid: 'medicalAidPaid',
  medical_aid_deductible_used: 'medicalAidDeductible',
  civil_servant_paid: 'civilServantPaid',
  supplement_paid: 'supplementPaid',
  chronic_deductible_used: 'chronicDeductible',
  chronic_fund_paid: 'chronicPaid',
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Amounts of setlinfo by their names in the interface, with the names that single transactions or older tables have for the same. */
export const SHARE_NAMES: Readonly<Record<string, keyof BenefitShares>> = {
  ...Object.fromEntries(SHARE_FIELDS.map((field) => [snake(field), field])),
  overlmt_amt: 'overlmtSelfpay',
  psn_pay: 'psnPartAmt',
  cash_payment: 'psnCashPay',
  cash_payamt: 'psnCashPay',
  pdn_cash_pay: 'psnCashPay',
  crt_dedc: 'actPayDedc',
}

/** Fields of setlinfo that come from the register, the sender or the books and not from a calculation: no case can have them. */
export const NOT_CALCULATED: ReadonlySet<string> = new Set([
  'mdtrt_id',
  'setl_id',
  'psn_no',
  'psn_name',
  'psn_cert_type',
  'certno',
  'gend',
  'naty',
  'brdy',
  'age',
  'mdtrt_cert_type',
  'medins_setl_id',
  'clr_way',
  'exp_content',
  'psn_insu_rlts_id',
  'begndate',
])
