import type { Deps } from '../kernel/deps.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { idsOfPerson } from './ids-of-person.ts'
import { openIdentifier } from './seal-person.ts'
import { readIdentifiers } from './store.ts'
import type { AskedBy, IdentifierType, PersonIdentifier } from './types.ts'

/** The order in which hospitals know people: nearly all by the identity number. */
const ORDER: readonly IdentifierType[] = ['resident-id', 'travel-permit', 'passport']

/**
 * The identifier, in clear, by which a hospital's own system knows the person; a merged person's, the surviving row's first. For server-to-server requests only: it
 * must never reach an answer, a log line, a URL or a job. Each call leaves an audit event before it answers.
 *
 * @throws `people.identifier-missing`, also for a person that does not exist
 */
export async function identifierForExchange(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  personId: string,
  ask: { readonly by: AskedBy; readonly purpose: string },
): Promise<PersonIdentifier> {
  const rows = await readIdentifiers(deps.db, await idsOfPerson(deps.db, personId))
  const row = ORDER.map((type) => rows.find((one) => one.type === type)).find((one) => one !== undefined)
  if (row === undefined) throw peopleError('identifier-missing')
  await auditPerson(deps, deps.db, ask.by, {
    action: 'people.identifier-for-exchange',
    personId,
    purpose: ask.purpose,
    fieldsTouched: [row.type],
  })
  return { type: row.type, value: openIdentifier(deps.keyring, row) }
}
