import type { PersonAuditEntry } from '../audit/index.ts'
import { addDays, localDate } from '../kernel/time.ts'
import type { StoredConsent } from './consent-store.ts'
import type { Override } from './override-store.ts'
import type { Relationship } from './relationship-store.ts'
import type { ReadableOverride } from './review-override.ts'
import type { Consents } from './state.ts'
import { REASONS, type ReasonCode } from './texts.ts'

export type ConsentState = 'in-force' | 'expired' | 'withdrawn'

export function stateOf({ withdrawal, validUntil }: StoredConsent, now: Date): ConsentState {
  if (withdrawal !== null) return 'withdrawn'
  return validUntil !== null && validUntil <= now ? 'expired' : 'in-force'
}

const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null

/** As the wire has it. Where the proof lies is told to the city that recorded it. */
export function presentConsent(
  one: StoredConsent,
  of: { readonly now: Date; readonly city: string | undefined; readonly consents: Pick<Consents, 'figure'> },
) {
  const { evidenceRef, recordedClient: _client, withdrawal, givenAt, validUntil, ...rest } = one
  const state = stateOf(one, of.now)
  const askAgain = addDays(localDate(givenAt), of.consents.figure('ask-again-days', of.now))
  return {
    ...rest,
    state,
    recipients: [...one.recipients],
    dataClasses: [...one.dataClasses],
    sensitiveClasses: [...one.sensitiveClasses],
    sources: [...one.sources],
    givenAt: givenAt.toISOString(),
    validUntil: isoOrNull(validUntil),
    withdrawal: withdrawal === null ? null : { ...withdrawal, withdrawnAt: withdrawal.withdrawnAt.toISOString() },
    ...(of.city === one.recordedCity ? { evidenceRef } : {}),
    ...(one.decision === 'deny' && state === 'in-force' ? { mayAskAgainFrom: askAgain } : {}),
  }
}

/** A hospital learns that it may read, not who decided for the person and how. */
export function presentToReader(one: ReturnType<typeof presentConsent>) {
  const { evidenceRef: _evidence, ...rest } = one
  return { ...rest, giverId: null, withdrawal: one.withdrawal === null ? null : { ...one.withdrawal, giverId: null } }
}

/** A code with its words; codes of other slices stand without them. */
function reasonOf(code: string) {
  const text = Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode] : { zh: code, en: code }
  return { code, ...text }
}

export function presentAccess({ record }: PersonAuditEntry) {
  const { at, actorOrg, role, action, targetType, purpose, basis, result, reasonCodes, consentId, orderId } = record
  return {
    at,
    organisation: actorOrg,
    role,
    action,
    targetType,
    purpose,
    basis,
    result,
    reasons: reasonCodes.map(reasonOf),
    ...(consentId === undefined ? {} : { consentId }),
    ...(orderId === undefined ? {} : { orderId }),
  }
}

export function presentRelationship({ from, to, reportedAt: _at, ...rest }: Relationship) {
  return { ...rest, from: from.toISOString(), to: isoOrNull(to) }
}

export function presentOverride(one: ReadableOverride) {
  const { startedAt, expiresAt, reviewDueAt, warnedAt, reviewedAt, reasonCode: reason, ...rest } = one
  const { textEncrypted: _text, noteEncrypted: _note, city: _city, clientId: _client, ...shown } = rest
  return {
    ...shown,
    reason,
    startedAt: startedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    reviewDueAt: reviewDueAt.toISOString(),
    warnedAt: isoOrNull(warnedAt),
    reviewedAt: isoOrNull(reviewedAt),
  }
}

/** To the person: that it happened, where and for which reason; the words of the staff stay with who reviews them. */
export function presentOwnOverride(one: Override, consents: Pick<Consents, 'overrideReasonOf'>) {
  const { overrideId, institution, unit, reasonCode, reasonVersion, startedAt, expiresAt, verdict } = one
  const text = consents.overrideReasonOf(reasonCode, reasonVersion)
  return {
    overrideId,
    institution,
    unit,
    reason: { code: reasonCode, zh: text?.zh ?? reasonCode, en: text?.en ?? reasonCode },
    startedAt: startedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    verdict,
  }
}
