import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ACCUMULATOR_KINDS,
  type Accumulators,
  type BenefitClaim,
  type BenefitTrace,
  calculateBenefits,
  createParameterBook,
  decodeTrace,
  encodeTrace,
  NO_ACCUMULATORS,
  SAMPLE_PARAMETERS,
} from '../../../src/benefits/index.ts'
import {
  type Fen,
  fen,
  formatFen,
  type Price,
  parseFen,
  parsePrice,
  parseQuantity,
  parseRatio,
  type Quantity,
  ratio,
  sumFen,
} from '../../../src/kernel/money.ts'
import { composeSums, negateSums } from '../../../src/settlement/slip/compose-sums.ts'
import type { SlipSums } from '../../../src/settlement/slip/types.ts'

/** Figures for what the sample leaves empty, so that every fund takes part: invented. */
const INVENTED: Record<string, string | { upTo: null; ratio: string }[]> = {
  deductible: '100.00',
  ratio: [{ upTo: null, ratio: '0.7000' }],
  cap: '3000.00',
  cvlserv_ratio: [{ upTo: null, ratio: '0.3000' }],
  cvlserv_cap: '2000.00',
  hifes_ratio: [{ upTo: null, ratio: '0.2500' }],
  hifes_cap: 'none',
  maf_deductible: '1000.00',
  maf_ratio: [{ upTo: null, ratio: '0.9000' }],
  maf_cap: '50000.00',
}
const book = createParameterBook(
  SAMPLE_PARAMETERS.map((row) =>
    row.value === null
      ? { ...row, psnType: row.item.startsWith('maf_') ? '*' : row.psnType, value: INVENTED[row.item] ?? null }
      : row,
  ),
)

const upTo = (max: bigint): fc.Arbitrary<Fen> => fc.bigInt({ min: 0n, max }).map(fen)
const CITIES = ['510100', '510600', '511400', '512000'] as const

const anyClaim: fc.Arbitrary<BenefitClaim> = fc
  .record({
    insuplcAdmdvs: fc.constantFrom(...CITIES),
    mdtrtareaAdmvs: fc.constantFrom(...CITIES),
    insutype: fc.constantFrom('310', '390'),
    employee: fc.constantFrom('11', '12'),
    medType: fc.constantFrom('11', '14', '21', '41'),
    dedcHospLv: fc.constantFrom('1', '2', '3'),
    cvlservFlag: fc.constantFrom('0', '1'),
    hifesFlag: fc.constantFrom('0', '1'),
    psnIdetType: fc.constantFrom(null, '2301'),
    acctUsedFlag: fc.constantFrom('0', '1', '2'),
    balance: upTo(500_000n),
    familyBalance: upTo(500_000n),
    used: fc.array(upTo(60_000_000n), { minLength: ACCUMULATOR_KINDS.length, maxLength: ACCUMULATOR_KINDS.length }),
    fresh: fc.boolean(),
    stays: fc.bigInt({ min: 0n, max: 5n }),
    lines: fc.array(
      fc.record({
        detItemFeeSumamt: fc.oneof(upTo(50_000n), upTo(60_000_000n)),
        cnt: fc.bigInt({ min: 0n, max: 200_000n }).map((value) => value as Quantity),
        lmtUsedFlag: fc.constantFrom('0', '1'),
        hospApprFlag: fc.constantFrom('0', '1', '2'),
        chrgitmLv: fc.constantFrom('01', '02', '03'),
        pricUplmtAmt: fc.oneof(
          fc.constant(0n as Price),
          fc.bigInt({ min: 1n, max: 500_000_000n }).map((value) => value as Price),
        ),
        selfpayProp: fc.bigInt({ min: 0n, max: 10_000n }).map(ratio),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ employee, used, fresh, stays, lines, ...rest }) => {
    const accumulators: Record<string, Fen> = { ...NO_ACCUMULATORS }
    if (!fresh) for (const [at, kind] of ACCUMULATOR_KINDS.entries()) accumulators[kind] = used[at] as Fen
    accumulators['inpatientStays'] = stays as Fen
    return {
      ...rest,
      psnType: rest.insutype === '310' ? employee : '15',
      setlDate: '2026-07-15',
      accumulatorYear: 2026,
      institutionKind: rest.medType === '41' ? 'pharmacy' : 'hospital',
      diseCodg: rest.medType === '14' ? 'M00500' : null,
      accumulators: accumulators as Accumulators,
      lines: lines.map(({ chrgitmLv, pricUplmtAmt, selfpayProp, ...line }, at) => ({
        ...line,
        feedetlSn: String(at + 1),
        terms: { admdvs: rest.mdtrtareaAdmvs, chrgitmLv, pricUplmtAmt, selfpayProp },
      })),
    }
  })

const traceOf = (claim: BenefitClaim): BenefitTrace | undefined => {
  const verdict = calculateBenefits(claim, book)
  return verdict.refused ? undefined : decodeTrace(encodeTrace(verdict.trace))
}

const amountsOf = (parts: readonly { readonly amount: Fen }[]): Fen[] => parts.map((one) => one.amount)

describe('the parts of a slip', () => {
  test('hold every fen of the bill exactly once, for any settlement and its reversal', () => {
    let settled = 0
    const seen = new Set<string>()
    fc.assert(
      fc.property(anyClaim, (claim) => {
        const trace = traceOf(claim)
        if (trace === undefined) return
        settled += 1
        const sums = composeSums(trace, [])
        for (const part of sums.parts) seen.add(part.code)
        for (const payment of sums.payments) seen.add(payment.code)
        const bill = sumFen(claim.lines.map((line) => line.detItemFeeSumamt))
        const holds = ({ parts, payments, medfee, fundPay, psnPart }: SlipSums, sign: bigint): void => {
          expect(sumFen(amountsOf(parts))).toBe(bill * sign)
          expect(medfee).toBe(bill * sign)
          expect(sumFen(amountsOf(parts.filter((one) => one.bearer === 'fund')))).toBe(fundPay)
          expect(sumFen(amountsOf(parts.filter((one) => one.bearer === 'person')))).toBe(psnPart)
          expect(sumFen(amountsOf(payments))).toBe(psnPart)
          expect(psnPart).toBe(trace.shares.psnPartAmt * sign)
          for (const part of parts) {
            if (part.items.length > 0) expect(sumFen(amountsOf(part.items))).toBe(part.amount)
            expect(part.amount * sign >= 0n).toBe(true)
            expect(part.why.length).toBeGreaterThan(0)
          }
        }
        holds(sums, 1n)
        holds(negateSums(sums), -1n)
        expect(new Set(sums.parts.map((one) => one.code)).size).toBe(sums.parts.length)
      }),
      { numRuns: 1500 },
    )
    expect(settled).toBeGreaterThan(700)
    // Otherwise the run proved nothing about some part.
    expect([...seen].sort()).toEqual([
      'above_cap',
      'acct',
      'acct_mulaid',
      'cash',
      'cvlserv',
      'deductible',
      'fulamt_ownpay',
      'hifes',
      'hifmi',
      'hifob',
      'hifp',
      'maf',
      'overlmt',
      'preselfpay',
      'share',
    ])
  })

  const line = (sn: string, amount: string, more: object = {}, terms: object = {}) => ({
    feedetlSn: sn,
    detItemFeeSumamt: parseFen(amount),
    cnt: parseQuantity('1'),
    lmtUsedFlag: '0' as const,
    hospApprFlag: '0' as const,
    terms: {
      admdvs: '510600',
      chrgitmLv: '01' as const,
      pricUplmtAmt: parsePrice('0'),
      selfpayProp: parseRatio('0'),
      ...terms,
    },
    ...more,
  })
  const stay = (more: Partial<BenefitClaim> = {}): BenefitClaim => ({
    insuplcAdmdvs: '510100',
    mdtrtareaAdmvs: '510600',
    insutype: '310',
    psnType: '11',
    medType: '21',
    dedcHospLv: '3',
    cvlservFlag: '0',
    psnIdetType: null,
    acctUsedFlag: '0',
    balance: fen(0n),
    familyBalance: fen(0n),
    setlDate: '2026-05-20',
    accumulatorYear: 2026,
    institutionKind: 'hospital',
    diseCodg: null,
    accumulators: NO_ACCUMULATORS,
    lines: [
      line('1', '1000.00', {}, { chrgitmLv: '03' }),
      line('2', '8000.00', {}, { chrgitmLv: '02', selfpayProp: parseRatio('0.10') }),
      line('3', '11000.00'),
    ],
    ...more,
  })
  const slip = (claim: BenefitClaim): SlipSums => {
    const trace = traceOf(claim)
    if (trace === undefined) throw new Error('the claim was refused')
    return composeSums(trace, ['进口人工晶体', '头孢类注射剂'])
  }
  const shown = (sums: SlipSums): string[] => sums.parts.map((one) => `${one.code} ${formatFen(one.amount)}`)
  const why = (sums: SlipSums, code: string): string => sums.parts.find((one) => one.code === code)?.why.join('') ?? ''

  test('G1: bill A says what was 丙, what was paid first, the deductible, the ratio and its base', () => {
    const sums = slip(stay())
    expect(shown(sums)).toEqual([
      'fulamt_ownpay 1000.00',
      'preselfpay 800.00',
      'deductible 800.00',
      'share 2610.00',
      'hifp 14790.00',
    ])
    expect(sums.parts[0]?.items).toEqual([
      { line: 1, name: '进口人工晶体', amount: 100_000n, why: '丙类项目，不在医保目录支付范围内' },
    ])
    expect(sums.parts[1]?.items).toEqual([
      { line: 2, name: '头孢类注射剂', amount: 80_000n, why: '乙类，先行自付比例 10%' },
    ])
    expect(why(sums, 'deductible')).toBe(
      '本年度第 1 次住院，本次住院起付标准 800.00 元。本次计入 800.00 元，由个人负担。',
    )
    expect(why(sums, 'hifp')).toBe(
      '政策范围内费用 18200.00 元，减去起付标准 800.00 元，按比例支付的部分为 17400.00 元。17400.00 元 × 85% = 14790.00 元。',
    )
    expect(sums.payments).toEqual([
      { code: 'cash', label: '现金支付', amount: 521_000n, why: '本次没有账户支付，个人负担全部由本人支付。' },
    ])
    expect(why(sums, 'share')).toBe('统筹基金支付 85%，其余 15% 由个人负担。')
  })

  test('G6: a line over its limit shows limit and count', () => {
    const limited = line(
      '1',
      '1200.00',
      { cnt: parseQuantity('10') },
      { chrgitmLv: '02', selfpayProp: parseRatio('0.1'), pricUplmtAmt: parsePrice('100') },
    )
    const sums = slip(stay({ lines: [limited] }))
    expect(sums.parts.find((one) => one.code === 'overlmt')?.items[0]).toMatchObject({
      amount: 20_000n,
      why: '限价 100 元 × 10 = 1000.00 元，超出限价的部分',
    })
    expect(why(sums, 'deductible')).toMatch(/本次计入 800\.00 元，由个人负担。$/)
  })

  test('a restricted item says whether the hospital refused or did not judge it', () => {
    const sums = slip(
      stay({
        lines: [
          line('1', '10.00', { lmtUsedFlag: '1' }),
          line('2', '20.00', { hospApprFlag: '2' }),
          line('3', '5000.00'),
        ],
      }),
    )
    expect(sums.parts[0]?.items.map((item) => item.why)).toEqual([
      '限制使用的项目，未经医疗机构审核为符合限定支付条件',
      '医疗机构审核为不符合医保支付条件',
    ])
  })

  test('a later stay says how its deductible was lowered', () => {
    const later = { ...NO_ACCUMULATORS, inpatientStays: 1n as Fen }
    expect(why(slip(stay({ insuplcAdmdvs: '510600', accumulators: later })), 'deductible')).toMatch(
      /^本年度第 2 次住院，起付标准由 \d+\.00 元降为 \d+\.00 元（按 50% 计）。/,
    )
    expect(why(slip(stay({ accumulators: later })), 'deductible')).toMatch(
      /降为 700\.00 元（每次降低 100\.00 元，最低 160\.00 元）/,
    )
  })

  test('a bill under the deductible says that the fund pays nothing', () => {
    const sums = slip(stay({ lines: [line('1', '500.00')] }))
    expect(shown(sums)).toEqual(['deductible 500.00', 'hifp 0.00'])
    expect(why(sums, 'deductible')).toMatch(/未超过起付标准，统筹基金不支付。$/)
    expect(why(sums, 'hifp')).toBe('政策范围内费用 500.00 元，未超过起付标准，统筹基金不支付。')
    const outside = slip(stay({ lines: [line('1', '500.00', {}, { chrgitmLv: '03' })] }))
    expect(why(outside, 'hifp')).toBe('没有政策范围内的费用，统筹基金不支付。')
  })

  test('the deductible of the year says what was used in every city before', () => {
    const used = { ...NO_ACCUMULATORS, outpatientDeductible: parseFen('150.00') }
    const sums = slip(stay({ medType: '11', accumulators: used, lines: [line('1', '300.00')] }))
    expect(why(sums, 'deductible')).toBe(
      '本年度门诊（含药店购药）起付标准 200.00 元，此前在各地已累计 150.00 元，尚余 50.00 元。本次计入 50.00 元，由个人负担。',
    )
    expect(shown(sums)).toEqual(['deductible 50.00', 'share 125.00', 'hifp 125.00'])
  })

  test('G11, G13: a cap that was reached says how much of it was left', () => {
    const used = { ...NO_ACCUMULATORS, outpatientDeductible: parseFen('200.00'), outpatientPaid: parseFen('1950.00') }
    const sums = slip(stay({ medType: '11', accumulators: used, lines: [line('1', '500.00')] }))
    expect(shown(sums)).toEqual(['above_cap 200.00', 'share 250.00', 'hifp 50.00'])
    expect(why(sums, 'hifp')).toMatch(
      /本年度最高支付限额 2000\.00 元，此前已支付 1950\.00 元，尚可支付 50\.00 元，低于应支付的 250\.00 元，本次支付至限额为止。$/,
    )
    const above = slip(
      stay({
        accumulators: { ...NO_ACCUMULATORS, inpatientPaid: parseFen('445000.00') },
        lines: [line('1', '20800.00')],
      }),
    )
    // G13a: 20,000 in the base, 5,882.35 of it under the cap; 大额 leaves a tenth of the rest.
    expect(shown(above)).toEqual([
      'deductible 800.00',
      'above_cap 1411.76',
      'share 882.35',
      'hifp 5000.00',
      'hifob 12705.89',
    ])
    expect(why(above, 'share')).toBe('未超过限额的费用，统筹基金支付 85%，其余 15% 由个人负担。')
    expect(why(sums, 'share')).toBe('统筹基金支付 50%，其余 50% 由个人负担。')
    expect(why(above, 'hifob')).toBe(
      '超过基本医疗保险年度最高支付限额的政策范围内费用为 14117.65 元。14117.65 元 × 90% = 12705.89 元。',
    )
  })

  test('G14: 大病 shows the burden of the year before and after', () => {
    const sums = slip(
      stay({
        insutype: '390',
        psnType: '15',
        accumulators: { ...NO_ACCUMULATORS, inScopeBurden: parseFen('15000.00') },
        lines: [line('1', '40000.00')],
      }),
    )
    expect(why(sums, 'hifmi')).toMatch(
      /^本年度政策范围内个人负担由 15000\.00 元增至 \d+\.\d\d 元，超过起付标准 18000\.00 元的部分分段支付。/,
    )
    expect(why(sums, 'share')).toBe('统筹基金支付 68%，其余 32% 减去其他保障支付的金额后，由个人负担。')
  })

  test('G17: the account says what it may pay and what it holds after', () => {
    const sums = slip(stay({ acctUsedFlag: '1', balance: parseFen('3000.00') }))
    expect(sums.payments.map((one) => `${one.code} ${formatFen(one.amount)}`)).toEqual(['acct 3000.00', 'cash 2210.00'])
    expect(sums.payments[0]?.why).toMatch(/支付后账户余额 0\.00 元。$/)
    expect(sums.payments[1]?.why).toBe('个人负担总额减去账户支付。')
    const family = slip(stay({ acctUsedFlag: '2', familyBalance: parseFen('1000.00') }))
    expect(family.payments.map((one) => one.code)).toEqual(['acct_mulaid', 'cash'])
  })
})
