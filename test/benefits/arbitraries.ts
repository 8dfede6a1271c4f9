import fc from 'fast-check'
import type { Accumulators, BenefitClaim, BillLine } from '../../src/benefits/index.ts'
import { type Fen, fen, type Price, type Quantity, ratio } from '../../src/kernel/money.ts'
import { CHENGDU, DEYANG, MEISHAN } from './support.ts'

const upTo = (max: bigint): fc.Arbitrary<Fen> => fc.bigInt({ min: 0n, max }).map(fen)

export const anyLine: fc.Arbitrary<BillLine> = fc.record({
  feedetlSn: fc.string({ minLength: 1, maxLength: 30 }),
  detItemFeeSumamt: fc.oneof(upTo(100_000n), upTo(5_000_000n)),
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

const anyUse: fc.Arbitrary<Accumulators> = fc
  .record({
    outpatientDeductible: upTo(20_000n),
    outpatientPaid: upTo(250_000n),
    inpatientStays: upTo(5n),
    // Around the yearly caps, so that 大额 takes part.
    inpatientPaid: fc.oneof(upTo(10_000_000n), fc.bigInt({ min: 44_900_000n, max: 50_100_000n }).map(fen)),
    inScopeBurden: fc.oneof(upTo(500_000n), upTo(15_000_000n)),
    seriousIllnessPaid: upTo(40_000_000n),
    largeAmountPaid: upTo(45_000_000n),
    aboveCap: upTo(20_000_000n),
    medicalAidPaid: upTo(6_000_000n),
    medicalAidDeductible: upTo(150_000n),
    civilServantPaid: upTo(1_000_000n),
    supplementPaid: upTo(1_000_000n),
    chronicDeductible: upTo(50_000n),
    chronicPaid: upTo(600_000n),
  })
  .map((used): Accumulators => used)

/** Claims that `wholeBook` can settle: every insurance, kind of care, level and fund. */
export const anyClaim: fc.Arbitrary<BenefitClaim> = fc
  .record({
    insuplcAdmdvs: fc.constantFrom(CHENGDU, DEYANG, MEISHAN),
    mdtrtareaAdmvs: fc.constantFrom(CHENGDU, DEYANG, MEISHAN),
    insutype: fc.constantFrom('310', '390'),
    psnType: fc.constantFrom('11', '12', '1112', '1105'),
    medType: fc.constantFrom('11', '14', '21', '41'),
    dedcHospLv: fc.constantFrom('1', '2', '3'),
    cvlservFlag: fc.constantFrom('0', '1'),
    psnIdetType: fc.constantFrom(null, '2303', '2401'),
    hifesFlag: fc.constantFrom('0', '1'),
    acctUsedFlag: fc.constantFrom('0', '1', '2'),
    balance: upTo(200_000n),
    familyBalance: upTo(200_000n),
    accumulators: anyUse,
    lines: fc.array(anyLine, { minLength: 1, maxLength: 8 }),
  })
  .map((claim) => ({
    ...claim,
    setlDate: '2026-07-15',
    accumulatorYear: 2026,
    institutionKind: claim.medType === '41' ? 'pharmacy' : 'hospital',
    diseCodg: claim.medType === '14' ? 'M00500' : null,
    lines: claim.lines.map((line) => ({ ...line, terms: { ...line.terms, admdvs: claim.mdtrtareaAdmvs } })),
  }))
