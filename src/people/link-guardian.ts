import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { looksPersonal } from '../kernel/log.ts'
import { isDate, localDate } from '../kernel/time.ts'
import { violatedConstraint } from '../kernel/tx.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { endLink, insertLinks, lockLinks } from './guardian-store.ts'
import { checkLink, type LinkKind, type Relation } from './guardianship.ts'
import { readPeople } from './store.ts'
import type { AskedBy } from './types.ts'

export interface NewLink {
  readonly personId: string
  readonly guardianId: string
  readonly kind: LinkKind
  readonly relation: Relation
  /** Today where nothing is said. */
  readonly from?: string | undefined
  readonly to?: string | null | undefined
  readonly evidenceRef: string
}

/**
 * Records that somebody acts for a person. The city's issuer has seen the evidence (birth certificate, household register,
 * court paper; for a person of 14 or more, that person's own consent); what is kept is where it lies.
 *
 * @throws `people.not-found`; `people.guardian-invalid` with every fault by its field; `people.guardian-exists`
 */
export async function linkGuardian(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly link: NewLink; readonly by: AskedBy & { readonly city: CityCode } },
): Promise<{ readonly linkId: string; readonly from: string; readonly to: string | null }> {
  const { link, by } = command
  const { personId, guardianId, kind, relation, evidenceRef } = link
  const now = deps.clock.now()
  const from = link.from ?? localDate(now)
  const to = link.to ?? null
  const people = await readPeople(tx, [personId, guardianId])
  const person = people.find((one) => one.personId === personId)
  if (person === undefined) throw peopleError('not-found')
  const guardian = people.find((one) => one.personId === guardianId)
  const invalid = (errors: readonly { pointer: string; detail: string }[]) =>
    peopleError('guardian-invalid', { errors })
  if (guardian === undefined) throw invalid([{ pointer: '/guardianId', detail: 'is not a registered person' }])
  if (personId === guardianId) throw invalid([{ pointer: '/guardianId', detail: 'is the person itself' }])
  if (!isDate(from) || (to !== null && !isDate(to))) {
    throw invalid([{ pointer: isDate(from) ? '/to' : '/from', detail: 'is not a day of the calendar' }])
  }
  // The reference is stored and shown: a number of a document has no place in it.
  if (looksPersonal(evidenceRef)) {
    throw invalid([{ pointer: '/evidenceRef', detail: 'looks like an identity or phone number' }])
  }
  const errors = checkLink({
    kind,
    relation,
    from,
    to,
    birthDate: person.birthDate,
    guardianBirthDate: guardian.birthDate,
  })
  if (errors.length > 0) throw invalid(errors)
  await lockLinks(tx, personId)
  const linkId = newId<'guardian-link'>()
  const row = { linkId, personId, guardianId, kind, relation, from, to, evidenceRef }
  try {
    await insertLinks(tx, [{ ...row, recordedCity: by.city, recordedAt: now }], by.clientId)
  } catch (error) {
    if (violatedConstraint(error) !== 'people_guardian_once') throw error
    throw peopleError('guardian-exists')
  }
  await auditLink(deps, tx, by, { action: 'people.link-guardian', personId, guardianId, reasonCodes: [kind, relation] })
  return { linkId, from, to }
}

/** Ends a link at once; only the city that recorded it can. @throws `people.guardian-not-found` */
export async function endGuardian(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly personId: string; readonly linkId: string; readonly reason: string; readonly by: AskedBy },
): Promise<void> {
  const { personId, linkId, reason, by } = command
  const at = deps.clock.now()
  if (!(await endLink(tx, { personId, linkId, city: by.city ?? '' }, { at, by: by.clientId, reason }))) {
    throw peopleError('guardian-not-found')
  }
  await auditLink(deps, tx, by, { action: 'people.end-guardian', personId, reasonCodes: [reason] })
}

/** An event for each side: either's log shows who came to act for whom. */
async function auditLink(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  by: AskedBy,
  of: { action: string; personId: string; guardianId?: string; reasonCodes: readonly string[] },
): Promise<void> {
  for (const personId of of.guardianId === undefined ? [of.personId] : [of.personId, of.guardianId]) {
    await auditPerson(deps, tx, by, {
      action: of.action,
      personId,
      purpose: 'registration',
      reasonCodes: of.reasonCodes,
      fieldsTouched: ['guardians'],
    })
  }
}
