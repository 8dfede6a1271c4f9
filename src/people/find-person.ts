import { checkPersonalId } from '../codes/index.ts'
import { blindIndexes } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
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
  const normalForm = searchForm(identifier, localDate(deps.clock.now()))
  const values = blindIndexes(deps.keyring, { type: identifier.type, normalForm }).map((index) => index.value)
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

function searchForm(identifier: PersonIdentifier, today: string): string {
  const normal = normalizeIdentifier(identifier)
  if (identifier.type !== 'resident-id') return normal
  return checkPersonalId(normal, { today }).converted ?? normal
}
