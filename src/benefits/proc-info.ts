import { type Fen, formatFen, formatRatio } from '../kernel/money.ts'
import { payOfSegments } from './basic-fund.ts'
import type { ParameterItem } from './parameters.ts'
import type { SettledBenefits } from './settle.ts'
import type { FundField } from './types.ts'

/**
 * setl_proc_info of one row of `setldetail`: a JSON array as text with an object per segment, in the form that public logs show, for
 * example `[{"hifpPayInscp":12028.48,"polItemCode":"…","poolPropSelfpay":0.84,"hifpPay":10103.92}]`. polItemCode names the policy row.
 * Where a yearly cap cut the payment, a last object says what was left of it. Empty for a fund without such a process (the account).
 */
export const setlProcInfo = (
  { funds, trace }: Pick<SettledBenefits, 'funds' | 'trace'>,
  fundPayType: string,
): string => {
  const fund = funds.find((step) => step.fundPayType === fundPayType)
  if (fund === undefined) return ''
  const item = RATIO_OF[fund.field]
  const code = JSON.stringify(trace.rows.find((row) => row.item === item)?.id ?? '')
  const parts = fund.segments.map(
    ({ amount, applied, pay }) =>
      `{"${fund.field}Inscp":${yuan(amount)},"polItemCode":${code},"poolPropSelfpay":${short(
        formatRatio(applied),
      )},"${fund.field}":${yuan(pay)}}`,
  )
  if (fund.pay < payOfSegments(fund.segments)) {
    parts.push(`{"crtPaybLmtAmt":${yuan(fund.capLeft)},"${fund.field}":${yuan(fund.pay)}}`)
  }
  return `[${parts.join()}]`
}

const RATIO_OF: Readonly<Record<FundField, ParameterItem>> = {
  hifpPay: 'ratio',
  hifobPay: 'hifob_ratio',
  hifmiPay: 'hifmi_ratio',
  cvlservPay: 'cvlserv_ratio',
  hifesPay: 'hifes_ratio',
  mafPay: 'maf_ratio',
}

/** A JSON number: two decimals lose nothing of a fen. */
const yuan = (amount: Fen): string => formatFen(amount)

const short = (decimal: string): string => decimal.replace(/\.?0+$/, '')
