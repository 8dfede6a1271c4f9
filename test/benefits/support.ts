import assert from 'node:assert/strict'
import {
  type Accumulators,
  type BenefitClaim,
  type BenefitVerdict,
  type BillLine,
  calculateBenefits,
  createParameterBook,
  inScopeLine,
  type LineTerms,
  NO_ACCUMULATORS,
  type ParameterRow,
  type ParameterValue,
  SAMPLE_PARAMETERS,
  type SettledBenefits,
} from '../../src/benefits/index.ts'
import { parseFen, parsePrice, parseQuantity, parseRatio, ZERO_FEN } from '../../src/kernel/money.ts'

export const CHENGDU = '510100'
export const DEYANG = '510600'
export const MEISHAN = '511400'

export const sampleBook = createParameterBook(SAMPLE_PARAMETERS)

/** One ratio for the whole amount. */
export const open = (ratio: string): ParameterValue => [{ upTo: null, ratio }]

/** A row of invented policy; it stands before a sample row that is as special. */
export const invented = (
  item: ParameterRow['item'],
  value: ParameterValue | null,
  change: Partial<ParameterRow> = {},
): ParameterRow => {
  const row: ParameterRow = {
    id: '',
    version: 9,
    city: CHENGDU,
    insutype: '310',
    psnType: '*',
    medType: '*',
    hospLv: '*',
    diseCodg: '*',
    item,
    value,
    effectiveFrom: '2024-01-01',
    effectiveTo: null,
    sourceDocument: 'invented',
    verified: false,
    note: '',
    ...change,
  }
  const { city, insutype, psnType, medType, hospLv, diseCodg } = row
  return { ...row, id: `invented.${[city, insutype, psnType, medType, hospLv, diseCodg, item].join('.')}` }
}

/** The samples, with invented figures for what no source gives. */
export const wholeBook = createParameterBook([
  ...SAMPLE_PARAMETERS,
  ...[CHENGDU, DEYANG, MEISHAN].flatMap((city) =>
    ['310', '390'].flatMap((insutype) => [
      ...['11', '12'].flatMap((psnType) => [
        invented('deductible', '300.00', { city, insutype, psnType, medType: '14' }),
        invented('ratio', open('0.7000'), { city, insutype, psnType, medType: '14' }),
        invented('cap', '5000.00', { city, insutype, psnType, medType: '14' }),
      ]),
      ...['cvlserv', 'hifes'].flatMap((fund) => [
        invented(`${fund}_ratio` as 'cvlserv_ratio', open(fund === 'hifes' ? '0.2500' : '0.4000'), { city, insutype }),
        invented(`${fund}_cap` as 'cvlserv_cap', '10000.00', { city, insutype }),
      ]),
      invented('maf_deductible', '1000.00', { city, insutype }),
      invented('maf_ratio', open('0.7000'), { city, insutype, psnType: '2303' }),
      invented('maf_cap', '50000.00', { city, insutype }),
    ]),
  ),
  // 居民 outpatient care beyond the 基层, and purchases, of which the sources say nothing.
  ...[CHENGDU, DEYANG, MEISHAN].flatMap((city) =>
    ['11', '12'].flatMap((psnType) => [
      invented('ratio', open('0.5000'), { city, insutype: '390', psnType, medType: '11' }),
      invented('deductible', '0.00', { city, insutype: '390', psnType, medType: '41' }),
      invented('ratio', open('0.5000'), { city, insutype: '390', psnType, medType: '41' }),
      invented('cap', '200.00', { city, insutype: '390', psnType, medType: '41' }),
    ]),
  ),
])

export const nothingUsed: Accumulators = NO_ACCUMULATORS

/** A line of 甲 by default, from the catalogue of Chengdu. */
export const line = (
  amount: string,
  change: Partial<Omit<BillLine, 'terms'>> & { terms?: Partial<LineTerms> } = {},
): BillLine => ({
  feedetlSn: 'L1',
  detItemFeeSumamt: parseFen(amount),
  cnt: parseQuantity('1'),
  lmtUsedFlag: '0',
  hospApprFlag: '0',
  ...change,
  terms: {
    admdvs: CHENGDU,
    chrgitmLv: '01',
    pricUplmtAmt: parsePrice('0'),
    selfpayProp: parseRatio('0'),
    ...change.terms,
  },
})

/** An employee of Chengdu in work, at a third-level hospital of Chengdu, with nothing used and no account. */
export const claim = (inScope: string, change: Partial<BenefitClaim> = {}): BenefitClaim => ({
  setlDate: '2026-03-02',
  insuplcAdmdvs: CHENGDU,
  mdtrtareaAdmvs: CHENGDU,
  insutype: '310',
  psnType: '11',
  medType: '11',
  dedcHospLv: '3',
  cvlservFlag: '0',
  psnIdetType: null,
  acctUsedFlag: '0',
  institutionKind: 'hospital',
  diseCodg: null,
  balance: ZERO_FEN,
  familyBalance: ZERO_FEN,
  accumulatorYear: 2026,
  accumulators: nothingUsed,
  lines: [inScopeLine({ feedetlSn: 'L1', amount: parseFen(inScope), admdvs: change.mdtrtareaAdmvs ?? CHENGDU })],
  ...change,
})

export const settled = (verdict: BenefitVerdict): SettledBenefits => {
  assert(!verdict.refused, `refused: ${JSON.stringify(verdict.refused)}`)
  return verdict
}

export const settle = (input: BenefitClaim, book = sampleBook): SettledBenefits =>
  settled(calculateBenefits(input, book))
