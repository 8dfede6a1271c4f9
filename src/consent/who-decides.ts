import type { Db } from '../kernel/db.ts'
import { consentsFrom, mayShow } from '../people/index.ts'
import type { GivenBy } from './consent-store.ts'
import { consentError } from './errors.ts'

export interface Decider {
  readonly givenBy: GivenBy
  /** The guardian or proxy; none where the person decides. */
  readonly giverId?: string | undefined
}

/**
 * Whether somebody may decide for a person now: from 14 on the person itself, or a proxy linked to it; before that a guardian
 * in force (个人信息保护法 art. 31).
 *
 * @returns the 14th birthday where a guardian decides for a child, which is when the guardian's word ends
 * @throws `consent.person-not-found`, `consent.giver-not-entitled`
 */
export async function assertDecides(
  db: Db,
  personId: string,
  { givenBy, giverId }: Decider,
  now: Date,
): Promise<string | undefined> {
  const birthday = await consentsFrom(db, personId)
  if (birthday === undefined) throw consentError('person-not-found')
  const isChild = (await mayShow(db, { personId, holderId: undefined, now })) === 'guardian-needed'
  const refuse = (pointer: string, detail: string) =>
    consentError('giver-not-entitled', { errors: [{ pointer, detail }] })
  if (givenBy === 'self') {
    if (giverId !== undefined) throw refuse('/giverId', 'is left out where the person decides')
    if (isChild) throw refuse('/givenBy', 'the person is under 14: a guardian decides')
    return undefined
  }
  if (giverId === undefined) throw refuse('/giverId', 'is needed: who decides for the person')
  if (isChild !== (givenBy === 'guardian')) {
    throw refuse(
      '/givenBy',
      isChild ? 'the person is under 14: a guardian decides' : 'the person is 14 or older: no guardian',
    )
  }
  if ((await mayShow(db, { personId, holderId: giverId, now })) !== 'allowed') {
    throw refuse('/giverId', 'is not linked to the person now')
  }
  return isChild ? birthday : undefined
}
