import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { replaceNames, replaceValues } from './reencrypt-store.ts'
import { missingIndexRows, resealIdentifier, resealPerson } from './seal-person.ts'
import { claimIdentifiers, type PersonRow, readIndexRows, readPeopleAfter } from './store.ts'
import type { PersonId } from './types.ts'

export interface Reencrypted {
  /** Rows that were changed or added. */
  readonly moved: number
  /** Index rows that another person has: one number was registered twice before; a person must look at it. */
  readonly conflicts: number
  /** Where to go on; null at the end. */
  readonly next: PersonId | null
}

/**
 * Brings the next people to the active field key and under all live index keys. Each batch is a transaction of its own and
 * finds what is done already, so that it may be broken off and begun again anywhere. When a whole pass over a ring with
 * new active keys has moved nothing, no person needs the old keys any more.
 */
export async function reencryptPeople(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  batch: { readonly after: PersonId | null; readonly limit: number },
): Promise<Reencrypted> {
  const { keyring } = deps
  return await inTx(deps.db, async (tx) => {
    const people = await readPeopleAfter(tx, batch.after, batch.limit)
    const indexes = await readIndexRows(
      tx,
      people.map((row) => row.personId),
    )
    const names = people.map((row) => resealPerson(keyring, row)).filter((row) => row !== undefined)
    const values = indexes.map((row) => resealIdentifier(keyring, row)).filter((row) => row !== undefined)
    const identifiers = [...Map.groupBy(indexes, (row) => row.identifierId).values()]
    const missing = identifiers.flatMap((rows) => missingIndexRows(keyring, rows))
    await replaceNames(tx, names)
    await replaceValues(tx, values)
    const added = missing.length === 0 ? [] : await claimIdentifiers(tx, missing, deps.clock.now())
    const last: PersonRow | undefined = people.at(-1)
    return {
      moved: names.length + values.length + added.length,
      conflicts: missing.length - added.length,
      next: people.length < batch.limit ? null : (last?.personId ?? null),
    }
  })
}
