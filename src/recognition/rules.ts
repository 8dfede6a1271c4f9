import type { FieldError } from '../kernel/errors.ts'
import { addDays } from '../kernel/time.ts'
import { type EligibilityCode, isReasonCode, REASONS, type ReasonCode } from './texts.ts'
import type { EqaRound, Mark, Outcome, Period, ReadingContext, RegisterFacts, ResultFacts, Statement } from './types.ts'

export interface Eligibility {
  readonly verdict: 'eligible' | 'not-eligible' | 'pending'
  /** All rules that hit, in their order; the first decides. */
  readonly hits: readonly EligibilityCode[]
  /** The mark that carries the result here. */
  readonly mark: Mark | undefined
  /** Last day on which the result may be recognised. */
  readonly validUntil: string | null
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
  const validUntil = item === undefined || testDay === null ? null : addDays(testDay, item.validityDays)

  const rules: readonly (readonly [EligibilityCode, boolean])[] = [
    ['E01', !facts.samePerson],
    ['E02', !mapped || !facts.fitsOrder],
    ['E03', !USABLE_STATUS.has(facts.status)],
    ['E04', !facts.readable],
    // Without a mapping there is no item to ask the register about.
    ['E05', mapped && (item === undefined || item.negative)],
    ['E06', mapped && mark === undefined],
    ['E07', testDay !== null && !mayIssue(register, testDay)],
    ['E08', mapped && testDay !== null && !isAssured(register, testDay)],
    ['E09', validUntil !== null && context.today > validUntil],
    ['E10', facts.missing.length > 0 || facts.specimenUnfit],
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

function mayIssue({ issuerLevel, evaluations }: RegisterFacts, testDay: string): boolean {
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
  return Temporal.PlainDate.from(last.publishedOn).add({ months: item.eqaMaxMonths }).toString() >= testDay
}

export interface Suggestion {
  readonly kind: 'recognise' | 'ask' | 'not-offered' | 'reference-only' | 'no-block'
  readonly preselected: ReasonCode | undefined
  readonly offered: readonly ReasonCode[]
}

const GENERAL: readonly ReasonCode[] = ['01', '03', '06', '07', '08']

/** Second layer: what the physician is shown, by the first condition that holds (result-recognition 8.2). */
export function suggest(facts: ResultFacts, register: RegisterFacts, context: ReadingContext): Suggestion {
  const { visit, today } = context
  const fastDays = register.item?.fastDays ?? null
  const offer = (kind: Suggestion['kind'], code: ReasonCode): Suggestion => ({
    kind,
    preselected: code,
    offered: [...new Set([code, ...GENERAL])],
  })
  if (visit.kind === 'emergency' && visit.rescue === true) return offer('no-block', '04')
  if (visit.preoperative === true) return offer('ask', '03')
  if (visit.kind === 'appraisal') return offer('not-offered', '05')
  if (visit.monitoringDisease !== undefined) return offer('not-offered', '99')
  if (fastDays !== null && facts.baseDate !== null && today > addDays(facts.baseDate, fastDays)) {
    return offer('reference-only', '02')
  }
  if (visit.changedOn !== undefined && facts.baseDate !== null && visit.changedOn > facts.baseDate)
    return offer('ask', '01')
  return { kind: 'recognise', preselected: undefined, offered: GENERAL }
}

export interface Decision {
  readonly outcome: Outcome
  readonly reason: ReasonCode | undefined
  /** True in the rate's denominator; null in neither part of it. */
  readonly countable: true | null
}

const plain = (outcome: Outcome): Decision => ({ outcome, reason: undefined, countable: null })

/** Third step: eligibility and the physician's word together (result-recognition 8.3). */
export function decide(eligibility: Eligibility, suggestion: Suggestion, statement: Statement | undefined): Decision {
  const reason =
    statement?.action === 'repeat' && statement.reason !== undefined && isReasonCode(statement.reason)
      ? statement.reason
      : undefined
  if (eligibility.verdict === 'not-eligible') return plain('not-eligible')
  if (eligibility.verdict === 'pending') {
    return reason === '98' ? { outcome: 'not-recognised', reason, countable: null } : plain('pending')
  }
  const accepted = statement === undefined ? suggestion.kind === 'recognise' : statement.action === 'accept'
  if (accepted) return { outcome: 'recognised', reason: undefined, countable: true }
  if (reason !== undefined)
    return { outcome: 'not-recognised', reason, countable: REASONS[reason].countable ? true : null }
  // Rescue is never held up: the code is owed within a day. Elsewhere it is due before the order is signed.
  return plain(suggestion.kind === 'no-block' ? 'open' : 'reason-needed')
}

/** What is wrong with a statement, by field; empty where it can stand. */
export function checkStatement(statement: Statement, pointer: string): readonly FieldError[] {
  const { action, reason, detail = '', informed } = statement
  const errors: FieldError[] = []
  const fail = (field: string, text: string): void => void errors.push({ pointer: `${pointer}/${field}`, detail: text })
  if (action === 'accept') {
    if (reason !== undefined) fail('reason', 'is for a repeated test only')
    return errors
  }
  if (reason === undefined) return errors
  if (!isReasonCode(reason)) {
    fail('reason', `must be one of ${Object.keys(REASONS).join(', ')}`)
    return errors
  }
  const needed = REASONS[reason].detail
  if (Array.from(detail.trim()).length < needed)
    fail('detail', `reason ${reason} needs a detail of at least ${needed} characters`)
  if (informed === undefined) fail('informed', 'say whether the patient was informed')
  if (informed === 'impossible' && reason !== '04') fail('informed', 'can be impossible only in an emergency (04)')
  return errors
}
