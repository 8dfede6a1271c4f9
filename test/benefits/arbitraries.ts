import fc from 'fast-check'
import type { BenefitClaim, BillLine } from '../../src/benefits/index.ts'
import { type Fen, fen, type Price, type Quantity, ratio } from '../../src/kernel/money.ts'
import { CHENGDU, DEYANG, MEISHAN } from './support.ts'

const upTo = (max: bigint): fc.Arbitrary<Fen> => fc.bigInt({ min: 0n, max }).map(fen)

export const anyLine: fc.Arbitrary<BillLine> = fc.record({
  feedetlSn: fc.string({ minLength: 1, maxLength: 30 }),
  detItemFeeSumamt: upTo(100_000n),
  cnt: fc.bigInt({ min: 0n, max: 200_000n }).map((value) => value as Quantity),
  lmtUsedFlag: fc.constantFrom('0', '1'),
  hospApprFlag: fc.constantFrom('0', '1', '2'),
  terms: fc.record({
    admdvs: fc.constant(CHENGDU),
    chrgitmLv: fc.constantFrom('01', '02', '03'),
    pricUplmtAmt: fc.oneof(
      fc.constant(0n as Price),
      fc.bigInt({ min: 1n, max: 500_000_000n }).map((value) => value as Price),
    ),
    selfpayProp: fc.bigInt({ min: 0n, max: 10_000n }).map(ratio),
  }),
})

/** Claims that the sample policy can settle. */
export const anyClaim: fc.Arbitrary<BenefitClaim> = fc
  .record({
    insuplcAdmdvs: fc.constantFrom(CHENGDU, DEYANG, MEISHAN),
    mdtrtareaAdmvs: fc.constantFrom(CHENGDU, DEYANG, MEISHAN),
    psnType: fc.constantFrom('11', '12'),
    medType: fc.constantFrom('11', '41'),
    dedcHospLv: fc.constantFrom('1', '2', '3'),
    acctUsedFlag: fc.constantFrom('0', '1'),
    balance: upTo(200_000n),
    accumulators: fc.record({
      outpatientDeductible: upTo(20_000n),
      outpatientPaid: upTo(250_000n),
      inScopeBurden: upTo(500_000n),
    }),
    lines: fc.array(anyLine, { minLength: 1, maxLength: 8 }),
  })
  .map((claim) => ({
    ...claim,
    setlDate: '2026-07-15',
    accumulatorYear: 2026,
    insutype: '310',
    cvlservFlag: '0',
    psnIdetType: null,
    lines: claim.lines.map((line) => ({ ...line, terms: { ...line.terms, admdvs: claim.mdtrtareaAdmvs } })),
  }))
