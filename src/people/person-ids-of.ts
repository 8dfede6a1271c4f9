import type { Keyring } from '../kernel/crypto/index.ts'
import type { Db } from '../kernel/db.ts'
import { localDate } from '../kernel/time.ts'
import { indexValuesOf } from './match-keys.ts'
import { readSurvivors } from './merged-store.ts'
import { normalizeIdentifier } from './rules.ts'
import { readOwners } from './store.ts'
import type { PersonId, PersonIdentifier } from './types.ts'

/**
 * Whom each list of identifiers names, for many messages in two statements: the first identifier that is registered decides.
 * Tells nobody anything but an internal id, and audits nothing: the caller accounts for what it does with it.
 */
export async function personIdsOf(
  db: Db,
  keyring: Keyring,
  lists: readonly (readonly PersonIdentifier[])[],
  now: Date,
): Promise<readonly (PersonId | undefined)[]> {
  const today = localDate(now)
  const indexed = lists.map((list) =>
    indexValuesOf(
      keyring,
      list.map(({ type, value }) => ({ type, value: normalizeIdentifier({ type, value }) })),
      today,
    ),
  )
  const values = new Map(indexed.flat().map((value) => [value.toString('hex'), value]))
  if (values.size === 0) return lists.map(() => undefined)
  const owners = await readOwners(db, [...values.values()])
  const found = indexed.map((list) =>
    list.map((value) => owners.get(value.toString('hex'))).find((one) => one !== undefined),
  )
  const survivors = await readSurvivors(db, [...new Set(found.filter((one) => one !== undefined))])
  return found.map((one) => (one === undefined ? undefined : (survivors.get(one) ?? one)))
}
