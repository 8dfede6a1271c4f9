import type { FieldError } from '../kernel/errors.ts'
import { daysAfter, monthsAfter } from './days.ts'
import type { EligibilityCode } from './texts.ts'
import type {
  EqaRound,
  Mark,
  Outcome,
  Period,
  ReadingContext,
  Reason,
  Reasons,
  RegisterFacts,
  ResultFacts,
  Statement,
} from './types.ts'

export interface Eligibility {
  readonly verdict: 'eligible' | 'not-eligible' | 'pending'
  /** All rules that hit, in their order; the first decides. */
  readonly hits: readonly EligibilityCode[]
  /** The mark that carries the result here. */
  readonly mark: Mark | undefined
  /** Last day on which the result may be recognised. */
  readonly validUntil: string | null
}

/** Reading is not permitted: that is known before any result is. */
export const NOT_PERMITTED: Eligibility = {
  verdict: 'not-eligible',
  hits: ['E04'],
  mark: undefined,
  validUntil: null,
}

/** The issuer could not be asked: nothing is known of the result, so nothing is held against it. */
export const UNREACHABLE: Eligibility = { verdict: 'pending', hits: ['E97'], mark: undefined, validUntil: null }

const USABLE_STATUS = new Set(['final', 'amended', 'corrected'])
const PENDING = new Set<EligibilityCode>(['E97', 'E98'])
/** The notice of 2025-06 names public institutions of level two (二级) and above. */
const LEVEL_TWO = 2

/**
 * First layer: facts, decided by the system and never counted as a refusal (result-recognition 8.1). Every rule is
 * tried, so that the answer explains all that stands in the way and not only the first thing.
 */
export function judgeEligibility(facts: ResultFacts, register: RegisterFacts, context: ReadingContext): Eligibility {
  const { item } = register
  const mapped = facts.mapping === 'confirmed'
  const testDay = facts.baseDate
  const mark =
    testDay === null
      ? undefined
      : register.marks.find((one) => inForce(one, testDay) && reaches(one.scope, context.division))
  const validUntil = item === undefined || testDay === null ? null : daysAfter(testDay, item.validityDays)

  const rules: readonly (readonly [EligibilityCode, boolean])[] = [
    ['E01', !facts.samePerson],
    ['E02', !mapped || !facts.fitsOrder],
    ['E03', !USABLE_STATUS.has(facts.status)],
    ['E04', !facts.readable],
    // Without a mapping there is no item to ask the register about.
    ['E05', mapped && (item === undefined || item.negative || register.negative)],
    ['E06', mapped && mark === undefined],
    ['E07', testDay !== null && !mayIssue(register, context, testDay)],
    ['E08', mapped && testDay !== null && !isAssured(register, testDay)],
    ['E09', validUntil !== null && context.today > validUntil],
    // A day that is still to come is no day of a test.
    ['E10', facts.missing.length > 0 || facts.specimenUnfit || (testDay !== null && testDay > context.today)],
    ['E98', facts.images === 'unavailable'],
  ]
  const hits = rules.filter(([, hit]) => hit).map(([code]) => code)
  const [first] = hits
  if (first === undefined) return { verdict: 'eligible', hits, mark, validUntil }
  return { verdict: PENDING.has(first) ? 'pending' : 'not-eligible', hits, mark, validUntil }
}

/** Whether a division lies in a scope: `CN` everywhere, 510000 the province, 510100 the city, else the unit itself. */
export function reaches(scope: readonly string[], division: string): boolean {
  const within = ['CN', `${division.slice(0, 2)}0000`, `${division.slice(0, 4)}00`, division]
  return scope.some((code) => within.includes(code))
}

export function inForce(period: Period, day: string): boolean {
  return period.from <= day && (period.to === null || period.to >= day)
}

/**
 * Where it is in force, the parameter of the direction comes first: a house of a higher level need not take the results
 * of a lower one (left to each city by the plans seen; off unless a row says otherwise).
 */
function mayIssue({ issuerLevel, evaluations }: RegisterFacts, context: ReadingContext, testDay: string): boolean {
  if (context.lowerAcceptsHigherOnly && issuerLevel < context.level) return false
  return issuerLevel >= LEVEL_TWO || evaluations.some((one) => inForce(one, testDay))
}

/**
 * The last round published by the day of the test decides: a failed one suspends the mark until the next pass, and one
 * too long ago counts as missing.
 */
function isAssured({ item, eqa }: RegisterFacts, testDay: string): boolean {
  if (item === undefined || item.eqaMaxMonths === null) return true
  const last = eqa
    .filter((round) => round.publishedOn <= testDay)
    .reduce<EqaRound | undefined>(
      (latest, one) => (latest === undefined || one.publishedOn > latest.publishedOn ? one : latest),
      undefined,
    )
  if (last === undefined || !last.passed) return false
  return monthsAfter(last.publishedOn, item.eqaMaxMonths) >= testDay
}

export interface Suggestion {
  readonly kind: 'recognise' | 'ask' | 'not-offered' | 'reference-only' | 'no-block'
  readonly preselected: string | undefined
  readonly offered: readonly string[]
}

/** What is offered beside the code that fits the visit, as far as it is in force (result-recognition 8.2 no. 7). */
const GENERAL: readonly string[] = ['01', '03', '06', '07', '08']
/** Offered only where a row of the dictionary puts them into force. */
const OPTIONAL: readonly string[] = ['09', '10']

/** Second layer: what the physician is shown, by the first condition that holds (result-recognition 8.2). */
export function suggest(
  facts: Pick<ResultFacts, 'baseDate'>,
  register: Pick<RegisterFacts, 'item'>,
  context: Pick<ReadingContext, 'visit' | 'today'>,
  reasons: Reasons,
): Suggestion {
  const { visit, today } = context
  const fastDays = register.item?.fastDays ?? null
  const inUse = (codes: readonly string[]) => [...new Set(codes)].filter((code) => reasons.has(code))
  const offer = (kind: Suggestion['kind'], code: string): Suggestion => ({
    kind,
    preselected: reasons.has(code) ? code : undefined,
    offered: inUse([code, ...GENERAL, ...OPTIONAL]),
  })
  if (visit.kind === 'emergency' && visit.rescue === true) return offer('no-block', '04')
  if (visit.preoperative === true) return offer('ask', '03')
  if (visit.kind === 'appraisal') return offer('not-offered', '05')
  if (visit.monitoringDisease !== undefined) return offer('not-offered', '99')
  if (fastDays !== null && facts.baseDate !== null && today > daysAfter(facts.baseDate, fastDays)) {
    return offer('reference-only', '02')
  }
  if (visit.changedOn !== undefined && facts.baseDate !== null && visit.changedOn > facts.baseDate)
    return offer('ask', '01')
  return { kind: 'recognise', preselected: undefined, offered: inUse([...GENERAL, ...OPTIONAL]) }
}

export interface Decision {
  readonly outcome: Outcome
  readonly reason: Reason | undefined
  /** True in the rate's denominator; null in neither part of it. */
  readonly countable: true | null
  /** Not eligible, and used all the same on the physician's own judgement: reported separately. */
  readonly usedOutside: boolean
}

const plain = (outcome: Outcome): Decision => ({ outcome, reason: undefined, countable: null, usedOutside: false })

/** Third step: eligibility and the physician's word together (result-recognition 8.3). */
export function decide(
  eligibility: Pick<Eligibility, 'verdict'>,
  suggestion: Pick<Suggestion, 'kind'>,
  statement: Statement | undefined,
  reasons: Reasons,
): Decision {
  const reason =
    statement?.action === 'repeat' && statement.reason !== undefined ? reasons.get(statement.reason) : undefined
  if (eligibility.verdict === 'not-eligible') {
    return { ...plain('not-eligible'), usedOutside: statement?.action === 'accept' }
  }
  if (eligibility.verdict === 'pending') {
    return reason?.detail === 'retrieval' ? { ...plain('not-recognised'), reason } : plain('pending')
  }
  const accepted = statement === undefined ? suggestion.kind === 'recognise' : statement.action === 'accept'
  if (accepted) return { ...plain('recognised'), countable: true }
  if (reason !== undefined) return { ...plain('not-recognised'), reason, countable: reason.countable ? true : null }
  // Rescue is never held up: the code is owed within a day. Elsewhere it is due before the order is signed.
  return plain(suggestion.kind === 'no-block' ? 'open' : 'reason-needed')
}

/** What is wrong with a statement, by field; empty where it can stand. */
export function checkStatement(statement: Statement, pointer: string, reasons: Reasons): readonly FieldError[] {
  const { action, reason: code, further = [], detail = '', retrievalRef, informed } = statement
  const errors: FieldError[] = []
  const fail = (field: string, text: string): void => void errors.push({ pointer: `${pointer}/${field}`, detail: text })
  if (action === 'accept') {
    if (code !== undefined || further.length > 0) fail('reason', 'is for a repeated test only')
    return errors
  }
  if (code === undefined) {
    if (further.length > 0) fail('further', 'needs a main reason')
    return errors
  }
  const reason = reasons.get(code)
  if (reason === undefined) {
    fail('reason', `must be one of ${[...reasons.keys()].join(', ')}`)
    return errors
  }
  if (!further.every((one) => reasons.has(one))) fail('further', `must be among ${[...reasons.keys()].join(', ')}`)
  // The reference of the attempt is the detail that a missing image asks for.
  const given = reason.detail === 'retrieval' && retrievalRef !== undefined ? retrievalRef : detail
  if (Array.from(given.trim()).length < reason.detailMin)
    fail('detail', `reason ${code} needs a detail of at least ${reason.detailMin} characters`)
  if (informed === undefined) fail('informed', 'say whether the patient was informed')
  if (informed === 'impossible' && !reason.informedImpossible)
    fail('informed', 'can be impossible in an emergency only')
  return errors
}
