import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { addDays, localDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { type LinkRow, readLinks } from './guardian-store.ts'
import { type LinkState, lastDayOf, needsGuardian, stateOf } from './guardianship.ts'
import { readGroup, readSurvivors } from './merged-store.ts'
import { maskedNames } from './read-person.ts'
import { readPeople } from './store.ts'
import type { AskedBy, PersonId } from './types.ts'

/** True where the person is under 14 on the day and nobody is its guardian: nothing is issued to it then. */
export async function lacksGuardian(db: Db, personId: string, now: Date): Promise<boolean> {
  const group = await readGroup(db, personId)
  const [person] = await readPeople(db, group.slice(0, 1))
  const day = localDate(now)
  if (person === undefined || !needsGuardian(person.birthDate, day)) return false
  const links = await readLinks(db, group)
  const at = { birthDate: person.birthDate, day, now }
  return !links.some((link) => link.kind === 'guardian' && stateOf(link, at) === 'in-force')
}

/** The 14th birthday: from then on a person consents by itself. Undefined where there is no such person. */
export async function consentsFrom(db: Db, personId: string): Promise<string | undefined> {
  const [person] = await readPeople(db, (await readGroup(db, personId)).slice(0, 1))
  const lastAsChild = person && lastDayOf({ kind: 'guardian', to: null }, person.birthDate)
  return lastAsChild === undefined || lastAsChild === null ? undefined : addDays(lastAsChild, 1)
}

/** Whether somebody may show a person's code: `guardian-needed` where only a guardian may, and none was named. */
export type Showing = 'allowed' | 'guardian-needed' | 'not-linked'

/**
 * Who may show a person's code now. From 14 on the person itself, or somebody whom a link of either kind lets. A child does
 * not show it by itself, and a family link does not help: it rests on a consent that a child cannot give.
 *
 * @param ask `holderId` is left out where the person itself is said to show it
 */
export async function mayShow(
  db: Db,
  ask: { readonly personId: string; readonly holderId: string | undefined; readonly now: Date },
): Promise<Showing> {
  const { personId, holderId, now } = ask
  const group = await readGroup(db, personId)
  const [person] = await readPeople(db, group.slice(0, 1))
  if (person === undefined) return 'not-linked'
  const at = { birthDate: person.birthDate, day: localDate(now), now }
  const isChild = needsGuardian(person.birthDate, at.day)
  if (holderId === undefined) return isChild ? 'guardian-needed' : 'allowed'
  const links = await readLinks(db, group)
  // Whoever acts may have been merged with another row since the link was recorded.
  const survivors = await readSurvivors(db, [holderId, ...links.map((link) => link.guardianId)])
  const linked = links.some(
    (link) =>
      survivors.get(link.guardianId) === survivors.get(holderId) &&
      (link.kind === 'guardian' || !isChild) &&
      stateOf(link, at) === 'in-force',
  )
  return linked ? 'allowed' : 'not-linked'
}

export interface ShownLink
  extends Pick<LinkRow, 'linkId' | 'guardianId' | 'kind' | 'relation' | 'from' | 'to' | 'recordedCity'> {
  readonly guardianMaskedName: string
  readonly state: LinkState
  /** The last day on which it can count: the given one, or the day before the 14th birthday. */
  readonly lastDay: string | null
  /** Where the evidence lies and why the link ended: told to the city that recorded it. */
  readonly evidenceRef?: string
  readonly endReason?: string
}

/** Who acts for a person, with masked names. @throws `people.not-found` */
export async function showGuardians(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  personId: string,
  by: AskedBy,
): Promise<readonly ShownLink[]> {
  const group = await readGroup(deps.db, personId)
  const [person] = await readPeople(deps.db, group.slice(0, 1))
  if (person === undefined) throw peopleError('not-found')
  await auditPerson(deps, deps.db, by, {
    action: 'people.read-guardians',
    personId: person.personId,
    purpose: 'identification',
    fieldsTouched: ['guardians'],
  })
  const links = await readLinks(deps.db, group)
  const names = await maskedNames(
    deps,
    deps.db,
    links.map((link) => link.guardianId),
  )
  const now = deps.clock.now()
  const at = { birthDate: person.birthDate, day: localDate(now), now }
  return links.map((link) => {
    const { linkId, guardianId, kind, relation, from, to, recordedCity } = link
    const own = recordedCity === by.city
    return {
      linkId,
      guardianId,
      guardianMaskedName: names.get(guardianId as PersonId) ?? '',
      kind,
      relation,
      from,
      to,
      state: stateOf(link, at),
      lastDay: lastDayOf(link, person.birthDate),
      recordedCity,
      ...(own ? { evidenceRef: link.evidenceRef } : {}),
      ...(own && link.endReason !== null ? { endReason: link.endReason } : {}),
    }
  })
}
