import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { looksPersonal } from '../kernel/log.ts'
import { isDate } from '../kernel/time.ts'
import { violatedConstraint } from '../kernel/tx.ts'
import { auditPerson } from './audit-person.ts'
import { LOOKS_PERSONAL } from './change-insurance.ts'
import { peopleError } from './errors.ts'
import { endIdentityRow, insertIdentity, insertInsuranceEvent, lockIdentity } from './insurance-store.ts'
import { lockMerges, readGroup } from './merged-store.ts'
import { readPeople } from './store.ts'
import type { AskedBy, SpecialIdentity } from './types.ts'

/**
 * Notes a special identity (人员身份类别) of a person for the fund of the bureau's own city.
 *
 * @throws `people.invalid`, `people.not-found`, `people.identity-exists`
 */
export async function noteIdentity(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly personId: string
    readonly identity: Pick<SpecialIdentity, 'psnIdetType' | 'from' | 'to' | 'memo'>
    readonly reason: string
    readonly by: AskedBy & { readonly city: CityCode }
  },
): Promise<SpecialIdentity> {
  const { personId, by } = command
  const { psnIdetType, from, to, memo } = command.identity
  if (!isDate(from) || (to !== null && (!isDate(to) || to < from))) {
    throw peopleError('invalid', {
      errors: [
        { pointer: isDate(from) ? '/to' : '/from', detail: 'is not a day of the calendar, or lies before from' },
      ],
    })
  }
  checkText(command.reason, '/reason')
  if (memo !== null) checkText(memo, '/memo')
  if ((await readPeople(tx, [personId])).length === 0) throw peopleError('not-found')
  const identity = { identityId: newId<'identity'>(), city: by.city, psnIdetType, from, to, memo }
  try {
    await insertIdentity(tx, { ...identity, personId })
  } catch (error) {
    if (violatedConstraint(error) !== 'people_identity_once_a_day') throw error
    throw peopleError('identity-exists', { errors: [{ pointer: '/from', detail: 'falls into one that is noted' }] })
  }
  await noteEvent(deps, tx, { ...command, kind: 'identity', identity, on: from })
  return identity
}

/**
 * Ends a special identity that the bureau's city noted; `on` is its last day.
 *
 * @throws `people.identity-not-found` also for one of another city; `people.invalid`
 */
export async function endIdentity(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly personId: string
    readonly identityId: string
    readonly on: string
    readonly reason: string
    readonly by: AskedBy & { readonly city: CityCode }
  },
): Promise<SpecialIdentity> {
  const { personId, identityId, on, by } = command
  checkText(command.reason, '/reason')
  await lockMerges(tx, 'keep')
  const group = await readGroup(tx, personId)
  const identity = await lockIdentity(tx, { group, identityId, city: by.city })
  if (identity === undefined) throw peopleError('identity-not-found')
  if (!isDate(on) || on < identity.from || (identity.to !== null && on > identity.to)) {
    throw peopleError('invalid', { errors: [{ pointer: '/on', detail: 'is no day on which it is noted' }] })
  }
  await endIdentityRow(tx, identity.personId, identityId, on)
  await noteEvent(deps, tx, { ...command, kind: 'identity-end', identity, personId: identity.personId })
  const { personId: _row, ...noted } = identity
  return { ...noted, to: on }
}

function checkText(text: string, pointer: string): void {
  if (looksPersonal(text)) throw peopleError('invalid', { errors: [{ pointer, detail: LOOKS_PERSONAL }] })
}

async function noteEvent(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  event: {
    readonly kind: 'identity' | 'identity-end'
    readonly personId: string
    readonly identity: SpecialIdentity
    readonly on: string
    readonly reason: string
    readonly by: AskedBy & { readonly city: CityCode }
  },
): Promise<void> {
  const { kind, personId, identity, on, reason, by } = event
  await insertInsuranceEvent(tx, {
    personId,
    eventId: newId<'insurance-event'>(),
    kind,
    insuranceFrom: null,
    on,
    toCity: null,
    identityId: identity.identityId,
    reason,
    city: by.city,
    at: deps.clock.now(),
    byClient: by.clientId,
    requestId: by.requestId,
  })
  await auditPerson(deps, tx, by, {
    action: `people.${kind}`,
    personId,
    purpose: 'registration',
    fieldsTouched: ['identities'],
  })
}
