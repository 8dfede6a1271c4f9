import { type CityCode, lookupDivision } from '../codes/index.ts'
import type { FieldError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import {
  type EmergencyOrder,
  type HealthLevel,
  type IssuerVersion,
  LEVELS,
  type OrderRule,
  type Party,
  type PolicyName,
  type PolicyRow,
} from './types.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** 0 for the lightest. */
export const rankOf = (level: HealthLevel): number => LEVELS.findIndex((one) => one.level === level)

/** The row of a policy that is in force on the day; the later version wins. */
export function policyAt(rows: readonly PolicyRow[], name: PolicyName, nowMs: number): PolicyRow | undefined {
  const date = localDate(new Date(nowMs))
  return rows
    .filter((row) => row.name === name && row.from <= date && (row.to === null || date <= row.to))
    .toSorted((a, b) => b.version - a.version)[0]
}

export type OrderState = 'proposed' | 'scheduled' | 'active' | 'ended'

/** What an order is at an instant; `to` is exclusive, so that a renewal can begin where it ends. */
export function orderStateAt(
  order: Pick<EmergencyOrder, 'approvedBy' | 'closedAtMs' | 'fromMs' | 'toMs'>,
  nowMs: number,
): OrderState {
  if (order.closedAtMs !== null || nowMs >= order.toMs) return 'ended'
  if (order.approvedBy === null) return 'proposed'
  return nowMs >= order.fromMs ? 'active' : 'scheduled'
}

/** Everything that is wrong with an order as it is handed in. */
export function orderProblems(
  order: Pick<EmergencyOrder, 'city' | 'area' | 'fromMs' | 'toMs'>,
  context: { readonly nowMs: number; readonly maxDays: number },
): readonly FieldError[] {
  const { city, area, fromMs, toMs } = order
  const foreign = area.filter((code) => !isPlaceOf(city, code))
  return [
    ...foreign.map((code) => ({ pointer: '/area', detail: `${code} is not a place of your city` })),
    ...(toMs > fromMs ? [] : [{ pointer: '/to', detail: 'must be after from' }]),
    ...(toMs > context.nowMs ? [] : [{ pointer: '/to', detail: 'has passed' }]),
    ...(toMs - fromMs <= context.maxDays * DAY_MS
      ? []
      : [{ pointer: '/to', detail: `an order lasts ${context.maxDays} days at most; renewal is a new order` }]),
  ]
}

/** The city itself or a division of it that is in force. */
function isPlaceOf(city: CityCode, code: string): boolean {
  const found = lookupDivision(code)
  return found.city === city && (found.status === 'city' || found.status === 'current')
}

/** What is wrong with the rules of an order. A level must be known by the table, and red is never set by one person. */
export function rulesProblems(
  rules: readonly Pick<OrderRule, 'reasonCode' | 'direct'>[],
  levels: readonly (HealthLevel | undefined)[],
): readonly FieldError[] {
  return rules.flatMap((rule, index) => {
    const problems: FieldError[] = []
    const pointer = `/rules/${index}`
    if (levels[index] === undefined) {
      problems.push({ pointer: `${pointer}/issuerLevel`, detail: 'is not in the level table of your city' })
    }
    if (levels[index] === 'red' && rule.direct) {
      problems.push({ pointer: `${pointer}/direct`, detail: 'a red level needs an approver' })
    }
    if (rules.findIndex((one) => one.reasonCode === rule.reasonCode) !== index) {
      problems.push({ pointer: `${pointer}/reasonCode`, detail: 'comes twice' })
    }
    return problems
  })
}

/** Mark of stored answers that are about persons under an order: they go with it. */
export const goesWithOrder = (orderId: string): string => `healthcodes/${orderId}`

/** True where two spans of time share an instant; ends are exclusive. */
export function overlap(
  a: { readonly fromMs: number; readonly toMs: number },
  b: { readonly fromMs: number; readonly toMs: number },
): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs
}

/** Staff numbers are compared without regard to case: another spelling is not another person. */
export const officerKey = (officer: string): string => officer.toLowerCase()

/**
 * True where somebody may act after the others. Another officer alone proves nothing, because the client names its
 * officer; another client alone may be the same person's second desk. Both must differ.
 */
export function isIndependent(candidate: Party, others: readonly Party[]): boolean {
  return others.every(
    (one) => one.clientId !== candidate.clientId && officerKey(one.officer) !== officerKey(candidate.officer),
  )
}

/**
 * How many must approve besides who proposes: one, none where the rule lets one person act and the level does not become
 * lighter by it, and two where many are
 * changed at once or one client changes many one by one (lesson of the misuse of red codes in 2022).
 */
export function approvalsNeeded(change: {
  readonly level: HealthLevel
  readonly direct: boolean
  /** What the city says now of the one person. */
  readonly present: HealthLevel | undefined
  readonly people: number
  /** People that the client proposed for in the last hour. */
  readonly recent: number
  readonly singlesAnHour: number
}): 0 | 1 | 2 {
  const { level, direct, present, people, recent, singlesAnHour } = change
  if (people > 1 || recent + people > singlesAnHour) return 2
  // What two people have said is not taken back by one.
  const lighter = present !== undefined && rankOf(level) < rankOf(present)
  return direct && level !== 'red' && !lighter ? 0 : 1
}

/** What is wrong with a change under an order. */
export function changeProblems(
  change: { readonly evidence: string; readonly place: string; readonly validUntilMs: number },
  context: {
    readonly order: Pick<EmergencyOrder, 'area' | 'city' | 'toMs'>
    readonly rule: Pick<OrderRule, 'evidence' | 'maxHours'> | undefined
    readonly nowMs: number
  },
): readonly FieldError[] {
  const { order, rule, nowMs } = context
  if (rule === undefined) return [{ pointer: '/reasonCode', detail: 'is no rule of the order in force' }]
  const latest = Math.min(order.toMs, nowMs + rule.maxHours * HOUR_MS)
  return [
    ...(rule.evidence.some((one) => one === change.evidence)
      ? []
      : [{ pointer: '/evidence', detail: `the rule asks for ${rule.evidence.join(' or ')}` }]),
    ...(isInArea(order, change.place) ? [] : [{ pointer: '/place', detail: 'is outside the area of the order' }]),
    ...(change.validUntilMs > nowMs ? [] : [{ pointer: '/validUntil', detail: 'has passed' }]),
    ...(change.validUntilMs <= latest
      ? []
      : [{ pointer: '/validUntil', detail: `may be ${new Date(latest).toISOString()} at the latest` }]),
  ]
}

function isInArea(order: Pick<EmergencyOrder, 'area' | 'city'>, place: string): boolean {
  return order.area.includes(place) || (order.area.includes(order.city) && isPlaceOf(order.city, place))
}

/** The heaviest of what holds, by rank and then by its end. */
export function heaviest<T extends { readonly level: HealthLevel; readonly validUntilMs: number }>(
  states: readonly T[],
  nowMs: number,
): T | undefined {
  let found: T | undefined
  for (const state of states) {
    if (state.validUntilMs <= nowMs) continue
    const more = found === undefined ? 1 : rankOf(state.level) - rankOf(found.level)
    if (found === undefined || more > 0 || (more === 0 && state.validUntilMs > found.validUntilMs)) found = state
  }
  return found
}

export type MapProblem = 'issuer-unknown' | 'version-unknown' | 'version-not-in-force' | 'level-unknown'

/** The common level of an issuer's level: by the table, for the named version, at that time. Never by its word or colour. */
export function mapLevel(
  versions: readonly IssuerVersion[] | undefined,
  shown: { readonly version: number; readonly issuerLevel: string; readonly atMs: readonly number[] },
): { readonly level: HealthLevel | undefined; readonly problems: readonly MapProblem[] } {
  if (versions === undefined || versions.length === 0) return { level: undefined, problems: ['issuer-unknown'] }
  const found = versions.find((one) => one.version === shown.version)
  if (found === undefined) return { level: undefined, problems: ['version-unknown'] }
  const inForce = shown.atMs.every((at) => at >= found.fromMs && (found.toMs === null || at < found.toMs))
  const level = found.levels.find((one) => one.issuerLevel === shown.issuerLevel)?.level
  const problems: MapProblem[] = []
  if (!inForce) problems.push('version-not-in-force')
  if (level === undefined) problems.push('level-unknown')
  return { level: problems.length === 0 ? level : undefined, problems }
}

export type TimeProblem = 'not-yet-valid' | 'expired' | 'too-old'

/** Times of a code against the clock, with the difference of clocks that is borne; all in milliseconds. */
export function timeProblems(
  code: { readonly issuedMs: number; readonly expiresMs: number },
  context: { readonly nowMs: number; readonly skewMs: number; readonly maxAgeMs: number },
): readonly TimeProblem[] {
  const { nowMs, skewMs, maxAgeMs } = context
  const problems: TimeProblem[] = []
  if (code.issuedMs > nowMs + skewMs) problems.push('not-yet-valid')
  if (code.expiresMs <= nowMs - skewMs || code.expiresMs <= code.issuedMs) problems.push('expired')
  if (nowMs - code.issuedMs > maxAgeMs + skewMs) problems.push('too-old')
  return problems
}

export type AppealState = 'received' | 'overdue' | 'granted' | 'refused'

/** What an appeal is at an instant: it is overdue by the clock, whether or not somebody has noticed. */
export function appealStateAt(
  appeal: { readonly dueAtMs: number; readonly result: 'granted' | 'refused' | null },
  nowMs: number,
): AppealState {
  return appeal.result ?? (nowMs > appeal.dueAtMs ? 'overdue' : 'received')
}

/** Why no second appeal may be made, or undefined where it may. */
export function secondAppealProblem(
  first: { readonly level: 1 | 2; readonly result: 'granted' | 'refused' | null; readonly decidedAtMs: number | null },
  context: { readonly nowMs: number; readonly withinDays: number },
): string | undefined {
  if (first.level === 2) return 'It was the second level already.'
  if (first.result !== 'refused' || first.decidedAtMs === null) return 'The first appeal was not refused.'
  if (context.nowMs - first.decidedAtMs > context.withinDays * DAY_MS) return 'The time for a second appeal has passed.'
  return undefined
}
