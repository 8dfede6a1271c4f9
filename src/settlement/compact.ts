import {
  ACCUMULATOR_KINDS,
  type AccumulatorKind,
  type Accumulators,
  type BenefitShares,
  type FundDetail,
} from '../benefits/index.ts'
import {
  type Fen,
  fen,
  type Price,
  parseFen,
  parsePrice,
  parseQuantity,
  parseRatio,
  type Quantity,
  type Ratio,
} from '../kernel/money.ts'
import type { PricedLine } from './types.ts'

/*
 * The forms in which amounts lie in rows: numbers in the smallest unit, in a fixed order. Each is a third of the JSON that
 * it stands for, and PostgreSQL can still add it up (`string_to_array(shares, ',')::bigint[]`).
 */

/** The amounts of setlinfo in the order of storage: new ones are added at the end. All are fen but the ratio. */
export const SHARE_FIELDS = [
  'medfeeSumamt',
  'fulamtOwnpayAmt',
  'overlmtSelfpay',
  'preselfpayAmt',
  'inscpScpAmt',
  'actPayDedc',
  'hifpPay',
  'poolPropSelfpay',
  'cvlservPay',
  'hifesPay',
  'hifmiPay',
  'hifobPay',
  'mafPay',
  'othPay',
  'fundPaySumamt',
  'psnPartAmt',
  'acctPay',
  'acctMulaidPay',
  'psnCashPay',
  'hospPartAmt',
  'balc',
] as const satisfies readonly (keyof BenefitShares)[]

export const packShares = (shares: BenefitShares): string => {
  let text = String(shares.medfeeSumamt)
  for (let at = 1; at < SHARE_FIELDS.length; at++) text += `,${shares[SHARE_FIELDS[at] as keyof BenefitShares]}`
  return text
}

export const unpackShares = (text: string): BenefitShares => {
  const values = text.split(',')
  const shares: Record<string, bigint> = {}
  for (const [at, field] of SHARE_FIELDS.entries()) shares[field] = BigInt(values[at] ?? 0)
  return shares as unknown as BenefitShares
}

/** setldetail: `fund_pay_type:in scope:limit left:paid`, funds separated by `;`. */
export const packDetails = (details: readonly FundDetail[]): string =>
  details.map((one) => `${one.fundPayType}:${one.inscpScpAmt}:${one.crtPaybLmtAmt}:${one.fundPayamt}`).join(';')

export const unpackDetails = (text: string): readonly FundDetail[] =>
  text === ''
    ? []
    : text.split(';').map((one) => {
        const [fundPayType = '', inscp = '0', limit = '0', pay = '0'] = one.split(':')
        return {
          fundPayType,
          inscpScpAmt: fen(BigInt(inscp)),
          crtPaybLmtAmt: fen(BigInt(limit)),
          fundPayamt: fen(BigInt(pay)),
        }
      })

/** Accumulators in the order of their kinds, without the zeros at the end. */
export const packAccumulators = (accumulators: Accumulators): string => {
  let last = ACCUMULATOR_KINDS.length
  while (last > 0 && accumulators[ACCUMULATOR_KINDS[last - 1] as AccumulatorKind] === 0n) last--
  let text = ''
  for (let at = 0; at < last; at++)
    text += `${at === 0 ? '' : ','}${accumulators[ACCUMULATOR_KINDS[at] as AccumulatorKind]}`
  return `{${text}}`
}

/** A kind that was not counted yet when the row was written is zero. */
export const unpackAccumulators = (values: readonly (bigint | string)[]): Accumulators => {
  const accumulators: Record<string, Fen> = {}
  for (const [at, kind] of ACCUMULATOR_KINDS.entries()) accumulators[kind] = fen(BigInt(values[at] ?? 0))
  return accumulators as Accumulators
}

/** A number that JSON carries exactly, else its text. */
const exact = (value: bigint): number | string =>
  value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : String(value)

type LineRow = readonly [
  sn: string,
  code: string,
  level: string,
  amount: number | string,
  cnt: number | string,
  pric: number | string,
  selfpay: number | string,
  limit: number | string,
  lmtUsed: string,
  hospAppr: string,
]

/** Lines of a claim, one array each. */
export const packLines = (lines: readonly PricedLine[]): string =>
  JSON.stringify(
    lines.map(
      (line): LineRow => [
        line.feedetlSn,
        line.medListCodg,
        line.terms.chrgitmLv,
        exact(line.detItemFeeSumamt),
        exact(line.cnt),
        exact(line.pric),
        exact(line.terms.selfpayProp),
        exact(line.terms.pricUplmtAmt),
        line.lmtUsedFlag,
        line.hospApprFlag,
      ],
    ),
  )

/** @param admdvs the place of treatment, whose catalogue gave the terms */
export const unpackLines = (text: string, admdvs: string): readonly PricedLine[] =>
  (JSON.parse(text) as readonly (LineRow | OldLine)[]).map((row) =>
    'feedetlSn' in row ? readOldLine(row, admdvs) : readLine(row, admdvs),
  )

const readLine = (row: LineRow, admdvs: string): PricedLine => ({
  feedetlSn: row[0],
  medListCodg: row[1],
  detItemFeeSumamt: fen(BigInt(row[3])),
  cnt: BigInt(row[4]) as Quantity,
  pric: BigInt(row[5]) as Price,
  lmtUsedFlag: row[8] as '0',
  hospApprFlag: row[9] as '0',
  terms: {
    admdvs,
    chrgitmLv: row[2] as '01',
    pricUplmtAmt: BigInt(row[7]) as Price,
    selfpayProp: BigInt(row[6]) as Ratio,
  },
})

/** Lines of claims before migration 0128: objects with decimal texts. */
interface OldLine {
  readonly feedetlSn: string
  readonly medListCodg: string
  readonly chrgitmLv: '01' | '02' | '03'
  readonly detItemFeeSumamt: string
  readonly cnt: string
  readonly pric: string
  readonly selfpayProp: string
  readonly pricUplmtAmt: string
  readonly lmtUsedFlag: '0' | '1'
  readonly hospApprFlag: '0' | '1' | '2'
}

export const readOldLine = (line: OldLine, admdvs: string): PricedLine => ({
  feedetlSn: line.feedetlSn,
  medListCodg: line.medListCodg,
  detItemFeeSumamt: parseFen(line.detItemFeeSumamt),
  cnt: parseQuantity(line.cnt),
  pric: parsePrice(line.pric),
  lmtUsedFlag: line.lmtUsedFlag,
  hospApprFlag: line.hospApprFlag,
  terms: {
    admdvs,
    chrgitmLv: line.chrgitmLv,
    pricUplmtAmt: parsePrice(line.pricUplmtAmt),
    selfpayProp: parseRatio(line.selfpayProp),
  },
})
