import { isCityCode } from '../codes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { startOfDate } from '../kernel/time.ts'
import { auditConsent, type ConsentCaller, cityOf } from './caller.ts'
import { type Consent, countConsents, insertConsent, type StoredConsent } from './consent-store.ts'
import { consentError } from './errors.ts'
import { lockPerson } from './lock-person.ts'
import type { Consents } from './state.ts'
import { assertDecides, type Decider } from './who-decides.ts'

export interface GiveDeps extends Pick<Deps, 'clock'> {
  readonly consents: Consents
  readonly institutions: Pick<InstitutionTable, 'get'>
}

export type NewConsent = Pick<
  Consent,
  | 'personId'
  | 'decision'
  | 'purpose'
  | 'recipients'
  | 'dataClasses'
  | 'sensitiveClasses'
  | 'sources'
  | 'separate'
  | 'notice'
  | 'noticeVersion'
  | 'noticeHash'
  | 'language'
  | 'channel'
  | 'evidenceRef'
> &
  Decider & { readonly validUntil: Date | null }

/**
 * Keeps what a person said to a notice: yes or no, for one purpose, to recipients by name, for classes of data. A no is kept
 * as well, and is in force until it is withdrawn.
 */
export async function giveConsent(
  deps: GiveDeps,
  tx: Tx,
  command: { readonly consent: NewConsent; readonly by: ConsentCaller },
): Promise<StoredConsent> {
  const { consent, by } = command
  const { personId, validUntil } = consent
  const now = deps.clock.now()
  const problems = [...checkScope(deps, consent, now), ...checkNotice(deps, consent, now), ...checkTime(consent, now)]
  if (problems.length > 0) throw consentError('invalid', { errors: problems })
  const personIds = await lockPerson(tx, personId)
  const birthday = await assertDecides(tx, personId, consent, now)
  if ((await countConsents(tx, personIds)) >= BigInt(deps.consents.figure('max-consents', now))) {
    throw consentError('too-many')
  }
  // A guardian's yes ends on the 14th birthday by itself; a guardian's no stays until the person takes it back.
  const ends = birthday === undefined || consent.decision === 'deny' ? null : startOfDate(birthday)
  const stored: Consent = {
    ...consent,
    consentId: newId(),
    recipients: [...new Set(consent.recipients)],
    dataClasses: [...new Set(consent.dataClasses)],
    sensitiveClasses: [...new Set(consent.sensitiveClasses)],
    sources: [...new Set(consent.sources)],
    giverId: consent.giverId ?? null,
    givenAt: now,
    validUntil: ends !== null && (validUntil === null || ends < validUntil) ? ends : validUntil,
    recordedClient: by.clientId,
    recordedCity: cityOf(by),
  }
  await insertConsent(tx, stored)
  await auditConsent(deps, tx, by, {
    action: consent.decision === 'permit' ? 'consent.give' : 'consent.refuse',
    targetType: 'consent',
    targetId: stored.consentId,
    personId,
    purpose: consent.purpose,
    basis: 'consent',
    consentId: stored.consentId,
    onBehalfOf: consent.giverId ?? personId,
  })
  return { ...stored, withdrawal: null }
}

function checkScope(deps: GiveDeps, consent: NewConsent, now: Date): readonly FieldError[] {
  const { decision, dataClasses, sensitiveClasses, sources, separate } = consent
  const errors: FieldError[] = []
  const wrong = (pointer: string, detail: string): void => void errors.push({ pointer, detail })
  const purpose = deps.consents.purposeOn(consent.purpose, now)
  if (purpose === undefined) return [{ pointer: '/purpose', detail: 'is not a purpose in force' }]
  if (!purpose.heedsConsent) wrong('/purpose', 'rests on a law, not on consent')
  consent.recipients.forEach((code, at) => {
    if (!isCityCode(code) && deps.institutions.get(code) === undefined) {
      wrong(`/recipients/${at}`, 'is neither one of the four cities nor a registered institution')
    }
  })
  dataClasses.forEach((one, at) => {
    if (!purpose.dataClasses.includes(one)) wrong(`/dataClasses/${at}`, 'is not reached by the purpose')
  })
  const known = new Set(deps.consents.sensitiveClasses().map((one) => one.class))
  sensitiveClasses.forEach((one, at) => {
    if (!known.has(one)) wrong(`/sensitiveClasses/${at}`, 'is not a special class')
  })
  const special = dataClasses.includes('C6')
  if (special !== sensitiveClasses.length > 0) wrong('/sensitiveClasses', 'name special classes with C6, and only then')
  if (decision === 'permit') {
    if (!separate) wrong('/separate', 'the person must be asked for this alone')
    if (special && dataClasses.length > 1) wrong('/dataClasses', 'special diseases need a consent of their own')
    if (sources.length > 0) wrong('/sources', 'belong to a refusal')
  }
  sources.forEach((code, at) => {
    if (deps.institutions.get(code) === undefined) wrong(`/sources/${at}`, 'is not a registered institution')
  })
  return errors
}

/** The text that was shown must be one of ours, in force, for this purpose and kind, and not a word different. */
function checkNotice({ consents }: GiveDeps, consent: NewConsent, now: Date): readonly FieldError[] {
  const notice = consents
    .noticesOn(now)
    .find(
      (one) =>
        one.notice === consent.notice &&
        one.version === consent.noticeVersion &&
        one.language === consent.language &&
        one.purpose === consent.purpose,
    )
  if (notice === undefined) return [{ pointer: '/notice', detail: 'is not a notice in force for this purpose' }]
  if (notice.hash !== consent.noticeHash) return [{ pointer: '/noticeHash', detail: 'is not that of the notice' }]
  if (consent.decision === 'permit' && notice.sensitive !== consent.dataClasses.includes('C6')) {
    return [{ pointer: '/notice', detail: 'special diseases have a notice of their own' }]
  }
  return []
}

function checkTime({ givenBy, decision, validUntil }: NewConsent, now: Date): readonly FieldError[] {
  if (validUntil !== null && validUntil <= now) return [{ pointer: '/validUntil', detail: 'lies in the past' }]
  if (givenBy === 'proxy' && decision === 'permit' && validUntil === null) {
    return [{ pointer: '/validUntil', detail: 'is needed: what a proxy gives ends with the mandate' }]
  }
  return []
}
