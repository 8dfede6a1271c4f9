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
  SAMPLE_PARAMETERS,
  type SettledBenefits,
} from '../../src/benefits/index.ts'
import { parseFen, parsePrice, parseQuantity, parseRatio, ZERO_FEN } from '../../src/kernel/money.ts'

export const CHENGDU = '510100'
export const DEYANG = '510600'
export const MEISHAN = '511400'

export const sampleBook = createParameterBook(SAMPLE_PARAMETERS)

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
