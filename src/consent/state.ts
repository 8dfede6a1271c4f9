import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { consentError } from './errors.ts'
import {
  CONSENT_CHANGED,
  type ConsentPolicy,
  type Notice,
  type OverrideReason,
  readConsentPolicy,
  readConsentRevision,
} from './policy-store.ts'
import { type Classify, compileSensitive } from './sensitive.ts'
import type { PolicyInForce, PurposePolicy } from './types.ts'

export type FigureName =
  | 'relationship-days-after-end'
  | 'relationship-open-max-days'
  | 'card-shown-hours'
  | 'override-minutes'
  | 'override-review-workdays'
  | 'override-institution-max-overdue'
  | 'ask-again-days'
  | 'max-consents'

/** Policy of consent in memory. What persons said is not in it: that is read for each decision. */
export interface Consents {
  /** Special classes of a resource. Pure and fast; a newer table counts from the next call on. */
  readonly sensitiveClassesOf: Classify
  /** A figure on the day. @throws `consent.policy-missing` */
  figure(name: FigureName, now: Date): number
  purposeOn(purpose: string, now: Date): PurposePolicy | undefined
  purposesOn(now: Date): readonly PurposePolicy[]
  policyFor(purpose: string, now: Date): PolicyInForce
  noticesOn(now: Date): readonly Notice[]
  overrideReasonsOn(now: Date): readonly OverrideReason[]
  /** Words of a reason, of whatever version. */
  overrideReasonOf(code: string, version: number): OverrideReason | undefined
  sensitiveClasses(): ConsentPolicy['sensitiveClasses']
  /** Whether offices work on a day: Monday to Friday, and what the calendar says otherwise. */
  isWorkday(day: string): boolean
  changeNo(): bigint
  ageMs(): number
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 1_000

/** Reads the policy and keeps following it by its revision. */
export async function openConsents(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<Consents> {
  let held: ConsentPolicy | undefined
  let classify: Classify = () => []

  const read = async (): Promise<void> => {
    if (held !== undefined && (await readConsentRevision(deps.db)) === held.changeNo) return
    // One snapshot: a purpose is never seen without the figures that came with it.
    const policy = await inTx(deps.db, readConsentPolicy, { isolation: 'repeatable read' })
    classify = compileSensitive(policy.sensitiveCodes)
    held = policy
  }

  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'the policy of consent could not be read'),
    news: { feed: deps.changes, area: CONSENT_CHANGED },
  })

  const policy = (): ConsentPolicy => {
    if (held === undefined) throw consentError('policy-missing')
    return held
  }
  const figure = (name: FigureName, now: Date): number => {
    const row = newest(policy().figures, now, (one) => one.name === name)
    // Nothing is decided on a figure that is not there.
    if (row === undefined) throw consentError('policy-missing', { detail: `There is no figure for ${name}.` })
    return row.value
  }
  const purposeOn = (purpose: string, now: Date) => newest(policy().purposes, now, (one) => one.purpose === purpose)

  return {
    sensitiveClassesOf: (resource) => classify(resource),
    figure,
    purposeOn,
    purposesOn(now) {
      const names = new Set(policy().purposes.map((one) => one.purpose))
      return [...names].sort().flatMap((name) => purposeOn(name, now) ?? [])
    },
    policyFor: (purpose, now) => ({
      purpose: purposeOn(purpose, now),
      grounds: newestVersions(policy().grounds),
      sensitiveClasses: policy().sensitiveClasses,
      relationshipDaysAfterEnd: figure('relationship-days-after-end', now),
      relationshipOpenMaxDays: figure('relationship-open-max-days', now),
    }),
    noticesOn: (now) => policy().notices.filter((one) => isInForce(one, now)),
    overrideReasonsOn: (now) => policy().overrideReasons.filter((one) => isInForce(one, now)),
    overrideReasonOf: (code, version) =>
      policy().overrideReasons.find((one) => one.code === code && one.version === version),
    sensitiveClasses: () => policy().sensitiveClasses,
    isWorkday(day) {
      const known = policy().calendar.get(day)
      if (known !== undefined) return known
      const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
      return weekday !== 0 && weekday !== 6
    },
    changeNo: () => policy().changeNo,
    ageMs: catchUp.ageMs,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}

interface Versioned {
  readonly version: number
  readonly from: string
  readonly to: string | null
}

const isInForce = ({ from, to }: Pick<Versioned, 'from' | 'to'>, now: Date): boolean => {
  const day = localDate(now)
  return from <= day && (to === null || day <= to)
}

/** The highest version in force on the day. */
function newest<T extends Versioned>(rows: readonly T[], now: Date, is: (row: T) => boolean): T | undefined {
  return rows
    .filter((row) => is(row) && isInForce(row, now))
    .reduce<T | undefined>((a, b) => (a === undefined || b.version > a.version ? b : a), undefined)
}

/** A later version replaces the earlier one whole: also where it covers less. */
function newestVersions<T extends { readonly groundId: string; readonly version: number }>(rows: readonly T[]): T[] {
  return rows.filter((row) => !rows.some((other) => other.groundId === row.groundId && other.version > row.version))
}
