import { institutionOf } from '../http/acting-institution.ts'
import { encryptField } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { addDays, localDate, startOfDate } from '../kernel/time.ts'
import { idsOfPerson, knownPeople } from '../people/index.ts'
import { auditConsent, type ConsentCaller, cityOf } from './caller.ts'
import { consentError } from './errors.ts'
import {
  insertOverride,
  lockInstitution,
  markWarned,
  type Override,
  readOpenOverride,
  readOverdue,
} from './override-store.ts'
import { dayAfterWorkdays } from './rules.ts'
import type { Consents } from './state.ts'

/** Break-glass was opened: whoever watches over the data hears of it at once. Payload: ids, institution and city. */
export const OVERRIDE_OPENED = 'consent.override-opened'

/** Where the words of who opened it are stored. */
export const reasonPlace = (overrideId: string) => ({
  table: 'consent_override',
  column: 'text_encrypted',
  rowId: overrideId,
})

export interface OpenedOverride {
  readonly override: Override
  /** Uses of the unit whose review is overdue. The next use is refused while there are any. */
  readonly overdue: number
}

/**
 * Opens a person's records to the caller's institution in an emergency: one person, a reason from the list and in words, for
 * the time of the policy. Who reviews sees it from the commit on. A unit whose uses nobody reviewed in time is warned
 * once, and then refused.
 */
export async function openOverride(
  deps: Pick<Deps, 'clock' | 'keyring' | 'outbox'> & { readonly consents: Consents },
  tx: Tx,
  command: {
    readonly personId: string
    readonly unit: string
    readonly officer: string
    readonly reasonCode: string
    readonly text: string
    readonly by: ConsentCaller
  },
): Promise<OpenedOverride> {
  const { personId, officer, by } = command
  const { consents } = deps
  const now = deps.clock.now()
  const institution = institutionOf(by)
  // Spelled with other widths or spaces it is the same unit, for a block must not be walked around.
  const unit = command.unit.normalize('NFKC').replace(/\s+/g, '').toLowerCase()
  const reason = consents.overrideReasonsOn(now).findLast((one) => one.code === command.reasonCode)
  if (reason === undefined || unit === '') {
    const pointer = unit === '' ? '/unit' : '/reason'
    throw consentError('override-invalid', { errors: [{ pointer, detail: 'is not on the list, or empty' }] })
  }
  await lockInstitution(tx, institution)
  if ((await knownPeople(tx, [personId])).size === 0) throw consentError('person-not-found')
  const personIds = await idsOfPerson(tx, personId)
  if ((await readOpenOverride(tx, { personIds, institution, now })) !== undefined) throw consentError('override-open')

  const overdue = await readOverdue(tx, institution, now)
  const ofUnit = overdue.filter((one) => one.unit === unit)
  if (ofUnit.some((one) => one.warned) || overdue.length >= consents.figure('override-institution-max-overdue', now)) {
    throw consentError('unit-blocked', { detail: `${overdue.length} uses wait for a review that is overdue.` })
  }
  if (ofUnit.length > 0) await markWarned(tx, institution, unit, now)

  const overrideId = newId()
  const override: Override = {
    personId,
    overrideId,
    institution,
    city: cityOf(by),
    unit,
    clientId: by.clientId,
    officer,
    reasonCode: reason.code,
    reasonVersion: reason.version,
    textEncrypted: encryptField(deps.keyring, command.text, reasonPlace(overrideId)),
    startedAt: now,
    expiresAt: new Date(now.getTime() + consents.figure('override-minutes', now) * 60_000),
    reviewDueAt: reviewDue(consents, now),
    warnedAt: null,
    reviewedAt: null,
    reviewedBy: null,
    reviewedOfficer: null,
    verdict: null,
    noteEncrypted: null,
  }
  await insertOverride(tx, override)
  await auditConsent(deps, tx, by, {
    action: 'consent.override-open',
    targetType: 'override',
    targetId: overrideId,
    personId,
    purpose: 'ETREAT',
    basis: 'emergency',
    onBehalfOf: officer,
    reasonCodes: [reason.code],
  })
  const payload = { personId, overrideId, institution, city: override.city }
  await deps.outbox.append(tx, { topic: OVERRIDE_OPENED, payload, requestId: by.requestId })
  return { override, overdue: ofUnit.length }
}

/** The end of the last working day on which the review is in time. */
function reviewDue(consents: Consents, now: Date): Date {
  const last = dayAfterWorkdays(localDate(now), consents.figure('override-review-workdays', now), consents.isWorkday)
  return startOfDate(addDays(last, 1))
}
