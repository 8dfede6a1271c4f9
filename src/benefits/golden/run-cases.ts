import { type Fen, formatFen, formatRatio, parseFen, parseRatio } from '../../kernel/money.ts'
import { type Accumulators, addAccumulators, negAccumulators } from '../accumulators.ts'
import { createParameterBook } from '../parameter-book.ts'
import { reverseBenefits } from '../reversal.ts'
import { type BenefitRefusal, calculateBenefits, replay, resettle } from '../rules.ts'
import { SAMPLE_PARAMETERS } from '../sample-parameters.ts'
import type { SettledBenefits } from '../settle.ts'
import { decodeTrace, encodeTrace } from '../trace-text.ts'
import type { BenefitShares } from '../types.ts'
import { type Fields, fieldsOf, GoldenFileError } from './fields.ts'
import { ACCUMULATOR_NAMES, NOT_CALCULATED, SHARE_NAMES } from './names.ts'
import { parseCount, readBefore, readClaim, readDay } from './read-case.ts'
import { bookOfCase } from './read-parameters.ts'

/** What came of one case. */
export interface GoldenResult {
  readonly name: string
  /** Each difference in words; none where the case passed. */
  readonly failures: readonly string[]
  /** Fields of the file that mean nothing here. */
  readonly unused: readonly string[]
}

/** What a later case may refer to. */
interface Outcome {
  readonly shares: BenefitShares
  readonly settled?: SettledBenefits
  readonly after: Accumulators
  readonly overpaid?: Fen
}

type Verdict = Outcome | { readonly refused: readonly BenefitRefusal[] }

const SAMPLES = createParameterBook(SAMPLE_PARAMETERS)

/**
 * Runs golden cases: JSON `{"cases": [...]}`. Besides the plain form a case may follow another (`after`: its accumulators are those that
 * the named case left), take one back (`refund_of`), or say with `refund_of` and `then` what the second of two would be without the first.
 */
export const runGoldenCases = (text: string): readonly GoldenResult[] => {
  const outcomes = new Map<string, Outcome>()
  return readCases(text).map((one, at) => {
    let name = `case ${at + 1}`
    try {
      const fields = fieldsOf(one, '')
      name = fields.text('name') ?? name
      const expect = fields.object('expect')
      const verdict = runCase(fields, outcomes)
      if (!('refused' in verdict)) outcomes.set(name, verdict)
      const failures = compare(expect, verdict)
      // What a refused case expected was not compared, and its refusal is told.
      return { name, failures, unused: fields.unused().filter((path) => !path.startsWith('expect.')) }
    } catch (error) {
      if (error instanceof GoldenFileError) return { name, failures: [error.message], unused: [] }
      throw error
    }
  })
}

const readCases = (text: string): readonly unknown[] => {
  let parsed: unknown
  try {
    // An editor may have put a byte order mark in front.
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new GoldenFileError('the file is no JSON', { cause })
  }
  const cases = Array.isArray(parsed) ? parsed : (parsed as { cases?: unknown } | null)?.cases
  if (!Array.isArray(cases)) throw new GoldenFileError('the file has no list "cases"')
  if (cases.length === 0) throw new GoldenFileError('the list "cases" is empty')
  return cases
}

const runCase = (one: Fields, outcomes: ReadonlyMap<string, Outcome>): Verdict => {
  const refunded = earlier(one, 'refund_of', outcomes)
  const then = earlier(one, 'then', outcomes)
  if (refunded !== undefined) return then === undefined ? refund(refunded) : settleWithout(refunded, then)
  const previous = earlier(one, 'after', outcomes)
  const before = one.object('before')
  const claim = readClaim(one, previous?.after ?? readBefore(before))
  const verdict = calculateBenefits(claim, bookOfCase(one, claim.insuplcAdmdvs, claim.insutype, SAMPLES))
  if (verdict.refused) return verdict
  assertReplays(verdict)
  return { shares: verdict.shares, settled: verdict, after: verdict.accumulatorsAfter }
}

const earlier = (one: Fields, field: string, outcomes: ReadonlyMap<string, Outcome>): Outcome | undefined => {
  const name = one.text(field)
  if (name === undefined) return undefined
  const found = outcomes.get(name)
  if (found === undefined)
    throw new GoldenFileError(`${field} is ${JSON.stringify(name)}: no settled case before this one`)
  return found
}

const settledOf = (outcome: Outcome): SettledBenefits => {
  if (outcome.settled === undefined) throw new GoldenFileError('refund_of and then name settlements, not refunds')
  return outcome.settled
}

const refund = (of: Outcome): Outcome => {
  const original = settledOf(of)
  const reversal = reverseBenefits(original, original.shares.balc)
  return { shares: reversal.shares, after: addAccumulators(original.accumulatorsAfter, reversal.movements) }
}

/** The later settlement as it would be had the refunded one never been, and what the funds paid too much. */
const settleWithout = (refunded: Outcome, later: Outcome): Outcome => {
  const { trace } = settledOf(later)
  const before = addAccumulators(trace.claim.accumulators, negAccumulators(settledOf(refunded).movements))
  const { settled, overpaid } = resettle(trace, before)
  return { shares: settled.shares, settled, after: settled.accumulatorsAfter, overpaid }
}

/** Each case also proves that its stored trace gives the same fen again. */
const assertReplays = (settled: SettledBenefits): void => {
  const again = replay(decodeTrace(encodeTrace(settled.trace)))
  for (const field of Object.values(SHARE_NAMES)) {
    if (again.shares[field] !== settled.shares[field]) throw new Error(`the trace replays to another ${field}`)
  }
}

const compare = (expect: Fields, verdict: Verdict): readonly string[] => {
  const refused = expect.get('refused')
  if ('refused' in verdict) return compareRefusal(refused, verdict.refused)
  if (refused !== undefined && refused !== false) return ['expected a refusal, but it was settled']
  const after = expect.object('after')
  return [
    ...expect
      .names()
      .flatMap((name) => (name === 'refused' || name === 'after' ? [] : compareField(expect, name, verdict))),
    ...after.names().flatMap((name) => compareAfter(after, name, verdict.after)),
  ]
}

const compareRefusal = (expected: unknown, refusals: readonly BenefitRefusal[]): readonly string[] => {
  const got = refusals.map(nameOf)
  const wanted = Array.isArray(expected) ? expected : [expected]
  if (expected === true) return []
  if (expected === undefined || expected === false) return [`refused: ${got.join(', ')}`]
  return wanted
    .filter((want) => !got.some((each) => each === want || each.split(' ')[0] === want))
    .map((want) => `expected the refusal ${String(want)}, got ${got.join(', ')}`)
}

const nameOf = (refusal: BenefitRefusal): string => {
  switch (refusal.code) {
    case 'parameter-missing':
      return `${refusal.code} ${refusal.item}`
    case 'person-type-unknown':
      return `${refusal.code} ${refusal.psnType}`
    case 'benefit-unsupported':
    case 'disease-missing':
    case 'bill-empty':
      return refusal.code
  }
}

const compareField = (expect: Fields, name: string, { shares, settled, overpaid }: Outcome): readonly string[] => {
  if (name === 'overpaid' && overpaid !== undefined) return amount(expect, name, overpaid)
  // hifdm_pay counts inside oth_pay, to which no fund here pays.
  if (name === 'hifdm_pay') return amount(expect, name, shares.othPay)
  const field = Object.hasOwn(SHARE_NAMES, name) ? SHARE_NAMES[name] : undefined
  if (field === 'poolPropSelfpay') {
    return differs(name, expect.read(name, '', parseRatio), shares.poolPropSelfpay, (value) => formatRatio(value))
  }
  if (field !== undefined) return amount(expect, name, shares[field])
  const claim = settled?.trace.claim
  const said: Readonly<Record<string, string | undefined>> = {
    insutype: claim?.insutype,
    psn_type: claim?.psnType,
    med_type: claim?.medType,
    cvlserv_flag: claim?.cvlservFlag,
    insuplc_admdvs: claim?.insuplcAdmdvs,
    insu_admdvs: claim?.insuplcAdmdvs,
    // 慢特病 is cleared with outpatient care.
    clr_type: claim?.medType === '14' ? '11' : claim?.medType,
    // The bureau of the place of treatment pays the provider.
    clr_optins: claim?.mdtrtareaAdmvs,
    setl_time: claim?.setlDate,
    enddate: claim?.setlDate,
    year: claim?.setlDate.slice(0, 4),
  }
  if (NOT_CALCULATED.has(name)) return [`expect.${name} is not calculated: no case can have it`]
  if (!Object.hasOwn(said, name)) return [`expect.${name} is no field of setlinfo`]
  // Of a time only the day decides: it is compared as a day of the four cities.
  if (name === 'setl_time') return sameText(name, readDay(expect, name), said[name])
  return sameText(name, expect.text(name), said[name])
}

const sameText = (name: string, want: string | undefined, got: string | undefined): readonly string[] =>
  want === got ? [] : [`${name}: expected ${want}, got ${got}`]

const amount = (expect: Fields, name: string, got: Fen): readonly string[] =>
  differs(name, expect.read(name, '', parseFen), got, formatFen)

const compareAfter = (after: Fields, name: string, got: Accumulators): readonly string[] => {
  const kind = Object.hasOwn(ACCUMULATOR_NAMES, name) ? ACCUMULATOR_NAMES[name] : undefined
  if (kind === undefined) return [`expect.after.${name} is no accumulator`]
  const count = kind === 'inpatientStays'
  return differs(`after.${name}`, after.read(name, '', count ? parseCount : parseFen), got[kind], (value) =>
    count ? String(value) : formatFen(value),
  )
}

const differs = <T extends bigint>(name: string, want: T, got: T, show: (value: T) => string): readonly string[] =>
  want === got ? [] : [`${name}: expected ${show(want)}, got ${show(got)}`]
