import { type Fen, fen, type Price, type Quantity, type Ratio } from '../kernel/money.ts'
import { ACCUMULATOR_KINDS, type AccumulatorKind, type Accumulators, NO_ACCUMULATORS } from './accumulators.ts'
import { SHARE_FIELDS } from './identities.ts'
import { PARAMETER_ITEMS, type ParameterItem, type ParameterValue } from './parameters.ts'
import type { UsedRow } from './policy-types.ts'
import type { BenefitTrace } from './trace.ts'
import { type FirstFormat, readFirstFormat } from './trace-first-format.ts'
import type { BenefitClaim, BenefitShares, BillLine, LineTerms } from './types.ts'

/*
 * Format 2: JSON of arrays by position, amounts as whole fen (ratios as basis points, quantities and prices as scaled integers).
 * Ten lines take about a kilobyte, which stays in the row of a table. An integer that JSON readers would round is a string.
 *
 *   [2, claim, accumulators before, rows, lines, movements, shares]
 */
const FORMAT = 2

/** Field by field, so that whatever else a caller's claim object carries cannot slip into a stored trace. */
export const encodeTrace = ({ claim, rows, shares, movements }: BenefitTrace): string => {
  let lines = ''
  for (const line of claim.lines) lines += (lines === '' ? '' : ',') + lineText(line)
  return `[${FORMAT},${claimText(claim)},${kindsText(claim.accumulators)},${rowsText(rows)},[${lines}],${kindsText(
    movements,
  )},${sharesText(shares)}]`
}

/** Reads a stored trace of any format, as text or as the parsed JSON of a column. */
export const decodeTrace = (stored: unknown): BenefitTrace => {
  const parsed: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored
  if (Array.isArray(parsed) && parsed[0] === FORMAT) return readSecondFormat(parsed as unknown as SecondFormat)
  if ((parsed as FirstFormat | null)?.format === 1) return readFirstFormat(parsed as FirstFormat)
  throw new TypeError('this is no trace of a settlement')
}

type Whole = number | string
type KindsText = Partial<Record<AccumulatorKind, Whole>>
type SecondFormat = readonly [
  typeof FORMAT,
  ClaimText,
  KindsText,
  readonly (readonly [id: string, version: number, item: number, value: ValueText, verified: 0 | 1])[],
  readonly (readonly [string, Whole, Whole, number, Whole?, Whole?])[],
  KindsText,
  readonly Whole[],
]
type ClaimText = readonly [
  setlDate: string,
  insuplcAdmdvs: string,
  mdtrtareaAdmvs: string,
  insutype: string,
  psnType: string,
  medType: string,
  dedcHospLv: string,
  institutionKind: BenefitClaim['institutionKind'],
  diseCodg: string | null,
  cvlservFlag: 0 | 1,
  psnIdetType: string | null,
  hifesFlag: 0 | 1 | null,
  acctUsedFlag: 0 | 1 | 2,
  balance: Whole,
  familyBalance: Whole,
  accumulatorYear: number,
]

const claimText = (claim: BenefitClaim): string =>
  `["${claim.setlDate}",${text(claim.insuplcAdmdvs)},${text(claim.mdtrtareaAdmvs)},${text(claim.insutype)},${text(
    claim.psnType,
  )},${text(claim.medType)},${text(claim.dedcHospLv)},"${claim.institutionKind}",${text(claim.diseCodg)},${
    claim.cvlservFlag
  },${text(claim.psnIdetType)},${claim.hifesFlag ?? null},${claim.acctUsedFlag},${whole(claim.balance)},${whole(
    claim.familyBalance,
  )},${claim.accumulatorYear}]`

const text = (value: string | null): string => JSON.stringify(value)

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const whole = (value: bigint): string => (value > SAFE || value < -SAFE ? `"${value}"` : value.toString())

/** Only the kinds that are not zero, by name: most claims touch three of them. */
const kindsText = (accumulators: Accumulators): string => {
  let kinds = ''
  for (const kind of ACCUMULATOR_KINDS) {
    if (accumulators[kind] !== 0n) kinds += `${kinds === '' ? '' : ','}"${kind}":${whole(accumulators[kind])}`
  }
  return `{${kinds}}`
}

/** The rows of one kind of claim are one array for thousands of claims, so their text is made once. */
const textOfRows = new WeakMap<readonly UsedRow[], string>()

const rowsText = (rows: readonly UsedRow[]): string => {
  let known = textOfRows.get(rows)
  if (known === undefined) {
    known = JSON.stringify(
      rows.map(({ id, version, item, value, verified }) => [
        id,
        version,
        PARAMETER_ITEMS.indexOf(item),
        shortValue(value),
        verified ? 1 : 0,
      ]),
    )
    textOfRows.set(rows, known)
  }
  return known
}

/** Steps as pairs of bound and ratio; every other value as it is. */
type ValueText = Exclude<ParameterValue, readonly Step[]> | readonly (readonly [string | null, string])[] | null
type Step = { readonly upTo: string | null; readonly ratio: string }

const shortValue = (value: ParameterValue | null): ValueText =>
  isSteps(value) ? value.map(({ upTo, ratio }) => [upTo, ratio] as const) : (value as ValueText)

const isSteps = (value: ParameterValue | null): value is readonly Step[] =>
  Array.isArray(value) && typeof value[0] === 'object'

const longValue = (value: ValueText): ParameterValue | null =>
  Array.isArray(value) && Array.isArray(value[0])
    ? (value as readonly (readonly [string | null, string])[]).map(([upTo, ratio]) => ({ upTo, ratio }))
    : (value as ParameterValue | null)

const itemAt = (place: number): ParameterItem => {
  const item = PARAMETER_ITEMS[place]
  if (item === undefined) throw new TypeError('a trace names an item that there is not')
  return item
}

/** `[serial, amount, quantity, flags, price limit, ratio]`: the flags are chrgitm_lv, lmt_used_flag, hosp_appr_flag in three digits. */
const lineText = ({ feedetlSn, detItemFeeSumamt, cnt, lmtUsedFlag, hospApprFlag, terms }: BillLine): string => {
  const flags = `${terms.chrgitmLv[1]}${lmtUsedFlag}${hospApprFlag}`
  const head = `[${text(feedetlSn)},${whole(detItemFeeSumamt)},${whole(cnt)},${flags}`
  return terms.pricUplmtAmt === 0n && terms.selfpayProp === 0n
    ? `${head}]`
    : `${head},${whole(terms.pricUplmtAmt)},${terms.selfpayProp}]`
}

const sharesText = (shares: BenefitShares): string => {
  let amounts = ''
  for (const field of SHARE_FIELDS) amounts += `${amounts === '' ? '' : ','}${whole(shares[field])}`
  return `[${amounts}]`
}

const readSecondFormat = ([, claim, before, rows, lines, movements, shares]: SecondFormat): BenefitTrace => ({
  claim: readClaim(claim, before, lines),
  rows: rows.map(([id, version, item, value, verified]) => ({
    id,
    version,
    item: itemAt(item),
    value: longValue(value),
    verified: verified === 1,
  })),
  shares: Object.fromEntries(SHARE_FIELDS.map((field, at) => [field, big(shares[at])])) as unknown as BenefitShares,
  movements: readKinds(movements),
})

const readClaim = (c: ClaimText, before: KindsText, lines: SecondFormat[4]): BenefitClaim => ({
  setlDate: c[0],
  insuplcAdmdvs: c[1],
  mdtrtareaAdmvs: c[2],
  insutype: c[3],
  psnType: c[4],
  medType: c[5],
  dedcHospLv: c[6],
  institutionKind: c[7],
  diseCodg: c[8],
  cvlservFlag: c[9] === 1 ? '1' : '0',
  psnIdetType: c[10],
  ...(c[11] === null ? {} : { hifesFlag: c[11] === 1 ? '1' : '0' }),
  acctUsedFlag: `${c[12]}`,
  balance: big(c[13]) as Fen,
  familyBalance: big(c[14]) as Fen,
  accumulatorYear: c[15],
  accumulators: readKinds(before),
  lines: lines.map(([feedetlSn, amount, cnt, flags, limit, prop]): BillLine => {
    const [lv, used, approved] = String(flags)
    return {
      feedetlSn,
      detItemFeeSumamt: big(amount) as Fen,
      cnt: big(cnt) as Quantity,
      lmtUsedFlag: used as BillLine['lmtUsedFlag'],
      hospApprFlag: approved as BillLine['hospApprFlag'],
      terms: {
        admdvs: c[2],
        chrgitmLv: `0${lv}` as LineTerms['chrgitmLv'],
        pricUplmtAmt: big(limit ?? 0) as Price,
        selfpayProp: big(prop ?? 0) as Ratio,
      },
    }
  }),
})

const readKinds = (kinds: KindsText): Accumulators => {
  const read = { ...NO_ACCUMULATORS }
  for (const kind of ACCUMULATOR_KINDS) read[kind] = fen(big(kinds[kind] ?? 0))
  return read
}

const big = (value: Whole | undefined): bigint => {
  if (value === undefined) throw new TypeError('a trace lacks an amount')
  return BigInt(value)
}
