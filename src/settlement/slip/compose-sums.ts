import assert from 'node:assert/strict'
import { type BenefitTrace, careOf, readPolicy, replay, type SettledBenefits } from '../../benefits/index.ts'
import { type Fen, minFen, negFen, ONE, type Ratio, ratio, subFen, sumFen, ZERO_FEN } from '../../kernel/money.ts'
import { explainDeductible } from './explain-deductible.ts'
import { fundParts } from './explain-funds.ts'
import { outOfScopeParts } from './explain-lines.ts'
import { percent, yuan } from './texts.ts'
import type { SlipPart, SlipPayment, SlipSums } from './types.ts'

/**
 * Explains a settlement from its trace alone: computed again, cut into parts of which each says who bears it and why, and
 * how the person pays his. Refuses to be made where the parts do not sum to the bill to the fen.
 *
 * @param names what the catalogue calls the lines, in their order
 */
export const composeSums = (trace: BenefitTrace, names: readonly string[]): SlipSums => {
  const settled = replay(trace)
  const { shares } = settled
  const { claim } = trace
  const care = careOf(claim.insutype, claim.medType)
  assert(care !== undefined, 'what was settled is care with rules')
  const policy = readPolicy(trace.rows, claim.mdtrtareaAdmvs)
  const lines = claim.lines.map((line, at) => {
    const split = settled.lines[at]
    assert(split !== undefined, 'every line was split')
    return { line, split, name: names[at] ?? line.feedetlSn }
  })
  const parts: readonly SlipPart[] = [
    ...outOfScopeParts(lines),
    ...leftInScope(settled, explainDeductible(trace, care, policy, shares.actPayDedc)),
    ...fundParts(settled, care, policy),
    ...(shares.hospPartAmt === 0n ? [] : [hospitalPart(shares.hospPartAmt)]),
  ]
  const payments = paymentsOf(settled, policy.acctScope)
  assert.equal(sumFen(parts.map((one) => one.amount)), shares.medfeeSumamt, 'the parts of a slip are the bill')
  assert.equal(sumFen(payments.map((one) => one.amount)), shares.psnPartAmt, 'the payments are what the person bears')
  return {
    medfee: shares.medfeeSumamt,
    inScope: shares.inscpScpAmt,
    fundPay: shares.fundPaySumamt,
    psnPart: shares.psnPartAmt,
    parts,
    payments,
  }
}

/** A reversal takes back every amount as it stood; the explanations are those of what is taken back. */
export const negateSums = (sums: SlipSums): SlipSums => ({
  medfee: negFen(sums.medfee),
  inScope: negFen(sums.inScope),
  fundPay: negFen(sums.fundPay),
  psnPart: negFen(sums.psnPart),
  parts: sums.parts.map((part) => ({
    ...part,
    amount: negFen(part.amount),
    items: part.items.map((item) => ({ ...item, amount: negFen(item.amount) })),
  })),
  payments: sums.payments.map((one) => ({ ...one, amount: negFen(one.amount) })),
})

/**
 * What of the in-scope amount stays with the person in the end. Funds after the basic one look at the whole burden, not at
 * its reasons: what they pay is taken first from the share, then from what the cap cut off, last from the deductible.
 */
const leftInScope = (
  { shares, segments, funds }: SettledBenefits,
  deductible: readonly string[],
): readonly SlipPart[] => {
  const left = subFen(shares.inscpScpAmt, shares.fundPaySumamt)
  const own = minFen(left, shares.actPayDedc)
  // With 大额 it is what 大额 left of the amount above the cap, else what the cap cut off the payment.
  const large = funds.find((one) => one.field === 'hifobPay')
  const cut =
    large === undefined
      ? subFen(sumFen(segments.map((one) => one.pay)), shares.hifpPay)
      : subFen(large.scope, large.pay)
  const aboveCap = minFen(subFen(left, own), cut)
  const share = subFen(subFen(left, own), aboveCap)
  const helped = own < shares.actPayDedc ? [`其中 ${yuan(subFen(shares.actPayDedc, own))}由其他保障支付，见下。`] : []
  return [
    personPart('deductible', '起付标准', own, [...deductible, ...helped]),
    personPart('above_cap', '超过年度限额', aboveCap, [
      large === undefined
        ? '统筹基金本年度支付已到限额，因此少支付的部分由个人负担。'
        : '超过年度最高支付限额的费用，大额补助支付后由个人负担的部分。',
    ]),
    personPart('share', '按比例自付', share, [
      explainShare({
        ratio: segments.length === 1 ? segments[0]?.applied : undefined,
        others: funds.some((one) => one.pay > 0n && one.field !== 'hifpPay' && one.field !== 'hifobPay'),
        aboveCap: large !== undefined,
      }),
    ]),
  ].filter((one) => one.amount !== 0n || (one.code === 'deductible' && shares.actPayDedc !== 0n))
}

const explainShare = (of: {
  /** undefined where segments have ratios of their own. */
  readonly ratio: Ratio | undefined
  /** Another fund pays for a part of it. */
  readonly others: boolean
  readonly aboveCap: boolean
}): string => {
  const within = of.aboveCap ? '未超过限额的费用，' : ''
  if (of.ratio === undefined) return `${within}统筹基金${of.others ? '及其他保障' : ''}支付后，由个人按比例负担的部分。`
  const rest = percent(ratio(ONE - of.ratio))
  return of.others
    ? `${within}统筹基金支付 ${percent(of.ratio)}，其余 ${rest} 减去其他保障支付的金额后，由个人负担。`
    : `${within}统筹基金支付 ${percent(of.ratio)}，其余 ${rest} 由个人负担。`
}

const personPart = (code: SlipPart['code'], label: string, amount: Fen, why: readonly string[]): SlipPart => ({
  code,
  bearer: 'person',
  label,
  amount,
  why,
  items: [],
})

const hospitalPart = (amount: Fen): SlipPart => ({
  code: 'hospital',
  bearer: 'hospital',
  label: '医疗机构负担',
  amount,
  why: ['由医疗机构承担，不向个人收取。'],
  items: [],
})

const SCOPE = {
  fulamt_ownpay: '全自费',
  overlmt: '超限价自费',
  preselfpay: '先行自付',
  inscp: '政策范围内个人负担',
} as const

function paymentsOf({ shares }: SettledBenefits, scope: readonly (keyof typeof SCOPE)[]): readonly SlipPayment[] {
  const own = subFen(shares.acctPay, shares.acctMulaidPay)
  const allowed = scope.map((part) => SCOPE[part]).join('、')
  const fromAccount = (code: SlipPayment['code'], label: string, amount: Fen): SlipPayment => ({
    code,
    label,
    amount,
    why: `可用于：${allowed}。支付后账户余额 ${yuan(shares.balc)}。`,
  })
  return [
    ...(own === ZERO_FEN ? [] : [fromAccount('acct', '个人账户支付', own)]),
    ...(shares.acctMulaidPay === ZERO_FEN
      ? []
      : [fromAccount('acct_mulaid', '家庭共济账户支付', shares.acctMulaidPay)]),
    {
      code: 'cash',
      label: '现金支付',
      amount: shares.psnCashPay,
      why: shares.acctPay === 0n ? '本次没有账户支付，个人负担全部由本人支付。' : '个人负担总额减去账户支付。',
    },
  ]
}
