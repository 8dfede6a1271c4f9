import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { identifierTypeOf, PERSON_SYSTEM } from './identifier-systems.ts'
import { claimSystem, endLocalId, insertLocalId, type LocalId, type LocalSystem } from './local-id-store.ts'
import { readSurvivors } from './merged-store.ts'
import { mayBePersonal } from './rules.ts'
import { readPeople } from './store.ts'
import type { AskedBy, PersonId } from './types.ts'

export const LOCAL_END_REASONS = ['wrong-person', 'number-given-up', 'patient-objected'] as const

type Hospital = AskedBy & { readonly institution: string }

/**
 * A hospital tells its own number of a person. It is found by it from then on, and other hospitals' messages about the
 * person reach it under its own number. One number stands for one person; telling it again changes nothing.
 *
 * @throws `people.not-found`, `people.invalid`, `people.system-of-another`, `people.local-id-taken`
 */
export async function tellLocalId(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly personId: string; readonly localId: LocalId; readonly by: Hospital },
): Promise<'linked' | 'known'> {
  const { personId, localId, by } = command
  const at = deps.clock.now()
  checkSystem(localId.system)
  // These numbers stand in addresses: an identity number has no place among them, whatever a hospital numbers by.
  if (mayBePersonal(localId.value, localDate(at))) {
    throw peopleError('invalid', {
      errors: [{ pointer: '/value', detail: 'looks like an identity or phone number; tell the number of the record' }],
    })
  }
  const [person] = await readPeople(tx, [personId])
  if (person === undefined) throw peopleError('not-found')
  const system = { system: localId.system, institution: by.institution, shared: false }
  if (!(await claimSystem(tx, system, { by: by.clientId, at, changeShared: false }))) {
    throw peopleError('system-of-another', { errors: [{ pointer: '/system', detail: 'is not yours' }] })
  }
  const row = { ...localId, linkId: newId<'local-id'>(), personId: person.personId, institution: by.institution }
  const result = await insertLocalId(tx, row, { by: by.clientId, at })
  if (result !== 'linked') {
    const survivors = await readSurvivors(tx, [result, personId])
    if (survivors.get(result) !== survivors.get(personId)) throw peopleError('local-id-taken')
  }
  await auditPerson(deps, tx, by, {
    action: 'people.link-local-id',
    personId,
    purpose: 'registration',
    fieldsTouched: ['local-id'],
  })
  return result === 'linked' ? 'linked' : 'known'
}

/** Ends the link of a number of the caller's. @throws `people.local-id-not-found` */
export async function forgetLocalId(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly localId: LocalId; readonly reason: (typeof LOCAL_END_REASONS)[number]; readonly by: Hospital },
): Promise<PersonId> {
  const { localId, reason, by } = command
  const personId = await endLocalId(
    tx,
    { ...localId, institution: by.institution },
    { by: by.clientId, at: deps.clock.now(), reason },
  )
  if (personId === undefined) throw peopleError('local-id-not-found')
  await auditPerson(deps, tx, by, {
    action: 'people.forget-local-id',
    personId,
    purpose: 'registration',
    reasonCodes: [reason],
    fieldsTouched: ['local-id'],
  })
  return personId
}

/** Claims a name space for the caller, or says whether other hospitals may be told its numbers. */
export async function setLocalSystem(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly system: string; readonly shared: boolean; readonly by: Hospital },
): Promise<LocalSystem> {
  const { system, shared, by } = command
  checkSystem(system)
  const row = { system, shared, institution: by.institution }
  const claimed = await claimSystem(tx, row, { by: by.clientId, at: deps.clock.now(), changeShared: true })
  if (!claimed) throw peopleError('system-of-another', { errors: [{ pointer: '/system', detail: 'is not yours' }] })
  await auditPerson(deps, tx, by, {
    action: 'people.set-local-system',
    purpose: 'registration',
    reasonCodes: [shared ? 'shared' : 'own'],
  })
  return row
}

function checkSystem(system: string): void {
  if (system !== PERSON_SYSTEM && identifierTypeOf(system) === undefined && !system.startsWith('urn:yimatong:')) return
  throw peopleError('invalid', { errors: [{ pointer: '/system', detail: 'is not a name space of a hospital' }] })
}
