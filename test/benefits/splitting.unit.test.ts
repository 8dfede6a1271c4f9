import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BenefitClaim, BillLine, SettledBenefits } from '../../src/benefits/index.ts'
import { formatFen, parseFen } from '../../src/kernel/money.ts'
import { anyClaim, anyLine } from './arbitraries.ts'
import { claim, DEYANG, line, MEISHAN, nothingUsed, settle, wholeBook } from './support.ts'

/** Settles the parts one after another, as visits of one year. */
const inTurn = (visit: BenefitClaim, parts: readonly (readonly BillLine[])[]): readonly SettledBenefits[] => {
  let { accumulators } = visit
  return parts.map((lines) => {
    const settled = settle({ ...visit, accumulators, lines }, wholeBook)
    accumulators = settled.accumulatorsAfter
    return settled
  })
}

const paid = (settled: readonly SettledBenefits[]): bigint =>
  settled.reduce((sum, one) => sum + one.shares.fundPaySumamt, 0n)

const anyParts = fc.array(fc.array(anyLine, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 5 })

const at = (city: string, parts: readonly (readonly BillLine[])[]): readonly (readonly BillLine[])[] =>
  parts.map((lines) => lines.map((each) => ({ ...each, terms: { ...each.terms, admdvs: city } })))

const asCare = (input: BenefitClaim, medType: string): BenefitClaim => ({
  ...input,
  medType,
  institutionKind: medType === '41' ? 'pharmacy' : 'hospital',
  diseCodg: medType === '14' ? 'M00500' : null,
})

/** Each part is rounded by itself: half a fen up for each fund at most, and a fund passes on what it rounded down. */
const roundings = (parts: number): bigint => BigInt(parts) * 2n

describe('one bill settled as many', () => {
  test.each(['11', '14', '41'])(
    'of med_type %s is never paid more by all funds together, but for roundings',
    (medType) => {
      fc.assert(
        fc.property(anyClaim, anyParts, (input, cut) => {
          const visit = asCare(input, medType)
          const parts = at(visit.mdtrtareaAdmvs, cut)
          const whole = settle({ ...visit, lines: parts.flat() }, wholeBook)
          expect(paid(inTurn(visit, parts))).toBeLessThanOrEqual(whole.shares.fundPaySumamt + roundings(parts.length))
        }),
      )
    },
  )

  test('of outpatient care adds the same to the burden of the year as the whole, less what basic paid otherwise', () => {
    fc.assert(
      fc.property(anyClaim, anyParts, (input, cut) => {
        const visit = asCare(input, '11')
        const parts = at(visit.mdtrtareaAdmvs, cut)
        const whole = settle({ ...visit, lines: parts.flat() }, wholeBook)
        const split = inTurn(visit, parts)
        const sum = (of: (one: SettledBenefits) => bigint) => split.reduce((total, one) => total + of(one), 0n)
        expect(sum((one) => one.movements.inScopeBurden) + sum((one) => one.shares.hifpPay)).toBe(
          whole.movements.inScopeBurden + whole.shares.hifpPay,
        )
      }),
    )
  })

  // A later stay of a year has a lower deductible by policy, so stays may gain by it; never more than that.
  test('of a stay is never paid more than the whole would be with the deductible of the last of the stays', () => {
    fc.assert(
      fc.property(anyClaim, anyParts, (input, cut) => {
        const stay = asCare(input, '21')
        const parts = at(stay.mdtrtareaAdmvs, cut)
        const used = stay.accumulators
        const last = {
          ...used,
          inpatientStays: (used.inpatientStays + BigInt(parts.length - 1)) as typeof used.inpatientStays,
        }
        const whole = settle({ ...stay, accumulators: last, lines: parts.flat() }, wholeBook)
        const split = inTurn(stay, parts)
        expect(paid(split)).toBeLessThanOrEqual(whole.shares.fundPaySumamt + roundings(parts.length))
        expect(split.at(-1)?.accumulatorsAfter.inpatientStays).toBe(used.inpatientStays + BigInt(parts.length))
      }),
    )
  })

  test('of a stay gains nothing where the first part alone uses up its deductible', () => {
    fc.assert(
      fc.property(anyClaim, anyParts, (input, cut) => {
        const stay = asCare(input, '21')
        // More than the highest deductible of any level.
        const first = [line('1000', { terms: { admdvs: stay.mdtrtareaAdmvs } })]
        const parts = [first, ...at(stay.mdtrtareaAdmvs, cut)]
        const whole = settle({ ...stay, lines: parts.flat() }, wholeBook)
        expect(paid(inTurn(stay, parts))).toBeLessThanOrEqual(whole.shares.fundPaySumamt + roundings(parts.length))
      }),
    )
  })

  test('keeps to the yearly cap of every fund', () => {
    fc.assert(
      fc.property(anyClaim, anyParts, (input, cut) => {
        const parts = at(input.mdtrtareaAdmvs, cut)
        const [first, ...more] = inTurn(input, parts)
        for (const fund of first?.funds ?? []) {
          const later = more.flatMap((one) => one.funds).filter((one) => one.field === fund.field)
          const sum = later.reduce((total, one) => total + one.pay, fund.pay as bigint)
          expect(sum).toBeLessThanOrEqual(fund.capLeft)
        }
      }),
    )
  })
})

describe('what a split stay gains by the lower deductible of a later one', () => {
  const stay = (amount: string, stays: bigint) =>
    settle(
      claim(amount, {
        insuplcAdmdvs: DEYANG,
        medType: '21',
        accumulators: { ...nothingUsed, inpatientStays: stays as typeof nothingUsed.inpatientStays },
      }),
    ).shares

  test('is the policy of the insured city: 5,000.00 as 100.00 and 4,900.00 have 500.00 of deductible and not 800.00', () => {
    expect(formatFen(stay('5000', 0n).actPayDedc)).toBe('800.00')
    expect(formatFen(stay('100', 0n).actPayDedc)).toBe('100.00')
    expect(formatFen(stay('4900', 1n).actPayDedc)).toBe('400.00')
    expect(stay('100', 0n).hifpPay + stay('4900', 1n).hifpPay - stay('5000', 0n).hifpPay).toBe(parseFen('252'))
  })

  test('a cap that is shared by two cities of treatment is used once', () => {
    const care = { insuplcAdmdvs: MEISHAN, mdtrtareaAdmvs: DEYANG }
    const first = settle(claim('4300', care))
    expect(formatFen(first.shares.hifpPay)).toBe('2000.00')
    expect(
      settle(claim('4300', { insuplcAdmdvs: MEISHAN, accumulators: first.accumulatorsAfter })).shares.hifpPay,
    ).toBe(0n)
  })
})
