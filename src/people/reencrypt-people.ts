import type { Keyring } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { describePeople } from './describe-people.ts'
import { matchKeysOf } from './match-keys.ts'
import { insertMatchKeys, readKeyIds } from './match-store.ts'
import { replaceNames, replaceValues } from './reencrypt-store.ts'
import { missingIndexRows, resealIdentifier, resealPerson } from './seal-person.ts'
import { claimIdentifiers, type PersonRow, readIndexRows, readPeopleAfter } from './store.ts'
import type { PersonId } from './types.ts'

export interface Reencrypted {
  /** Rows that were changed or added; a person's match keys count as one. */
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
    const keyed = await addMatchKeys(tx, keyring, people)
    const last: PersonRow | undefined = people.at(-1)
    return {
      moved: names.length + values.length + added.length + keyed,
      conflicts: missing.length - added.length,
      next: people.length < batch.limit ? null : (last?.personId ?? null),
    }
  })
}

/** Puts people under the live index keys that their match keys lack. Who has none yet is left to `fillMatchKeys`. */
async function addMatchKeys(tx: Tx, keyring: Keyring, people: readonly PersonRow[]): Promise<number> {
  const keyIds = await readKeyIds(
    tx,
    people.map((row) => row.personId),
  )
  const live = [...keyring.index.byId.keys()]
  const lacking = people.filter((row) => {
    const present = keyIds.get(row.personId)
    return present !== undefined && !live.every((id) => present.has(id))
  })
  const described = [...describePeople(keyring, lacking, [])]
  await insertMatchKeys(
    tx,
    described.map(([id, person]) => ({ personId: id as PersonId, keys: matchKeysOf(keyring, person) })),
  )
  return lacking.length
}
