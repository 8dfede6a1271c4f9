import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
import { indexValuesOf } from './match-keys.ts'
import { readMaskedPerson } from './read-person.ts'
import { normalizeIdentifier } from './rules.ts'
import { findOwners } from './store.ts'
import type { AskedBy, MaskedPerson, PersonIdentifier } from './types.ts'

/**
 * Looks a person up by an identifier. A number of the old form of 15 digits is looked up as its 18-character form.
 * A search that finds nobody is audited too: it tells that somebody asked.
 */
export async function findPerson(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  identifier: PersonIdentifier,
  by: AskedBy,
): Promise<MaskedPerson | undefined> {
  const normal = { type: identifier.type, value: normalizeIdentifier(identifier) }
  const values = indexValuesOf(deps.keyring, [normal], localDate(deps.clock.now()))
  const [owner] = await findOwners(deps.db, values)
  if (owner === undefined) {
    await auditPerson(deps, deps.db, by, {
      action: 'people.search',
      purpose: 'identification',
      reasonCodes: ['none-found'],
    })
    return undefined
  }
  return await readMaskedPerson(deps, owner, { by, action: 'people.search', purpose: 'identification' })
}
