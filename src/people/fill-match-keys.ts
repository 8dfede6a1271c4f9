import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { describePeople } from './describe-people.ts'
import { matchKeysOf } from './match-keys.ts'
import { noteToCompare, replaceMatchKeys, takePeopleWithoutKeys } from './match-store.ts'
import type { PersonId } from './types.ts'

/**
 * Makes the match keys of people who have none under today's rules: those registered before there were any, and everybody
 * after the rules changed. They are compared with the others then. Returns how many were done.
 */
export async function fillMatchKeys(deps: Pick<Deps, 'db' | 'clock' | 'keyring'>, limit: number): Promise<number> {
  return await inTx(deps.db, async (tx) => {
    const people = await takePeopleWithoutKeys(tx, limit)
    const described = [...describePeople(deps.keyring, people, [])]
    await replaceMatchKeys(
      tx,
      described.map(([id, person]) => ({ personId: id as PersonId, keys: matchKeysOf(deps.keyring, person) })),
    )
    await noteToCompare(
      tx,
      people.map((row) => row.personId),
      deps.clock.now(),
    )
    return people.length
  })
}
