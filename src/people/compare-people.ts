import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { inTx } from '../kernel/tx.ts'
import { insertPairs, type Pair, readTies } from './candidate-store.ts'
import { concernedOrgs } from './concerned.ts'
import { describePeople } from './describe-people.ts'
import { valuesToSeek } from './match-keys.ts'
import { scoreMatch } from './match-rules.ts'
import { findByMatchKeys, takeToCompare } from './match-store.ts'
import { lockMerges, readSurvivors } from './merged-store.ts'
import { currentMatchPolicy } from './search-people.ts'
import { readIdentifiers, readPeople } from './store.ts'
import type { PersonId } from './types.ts'

/**
 * Compares newly registered people with everybody who stands under one of their keys, and puts pairs that score enough before
 * a reviewer. Nobody is merged by a score. The statements do not grow with the people of the batch.
 *
 * @returns how many people were compared, and how many pairs are new
 */
export async function comparePeople(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  limit: number,
): Promise<{ readonly compared: number; readonly pairs: number }> {
  return await inTx(deps.db, async (tx) => {
    const fresh = await takeToCompare(tx, limit)
    if (fresh.length === 0) return { compared: 0, pairs: 0 }
    // A merge closes the pairs that are there: one written beside it would stay open between two rows of one person.
    await lockMerges(tx, 'keep')
    return { compared: fresh.length, pairs: await insertPairs(tx, await findPairs(deps, tx, fresh)) }
  })
}

async function findPairs(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  tx: Tx,
  fresh: readonly PersonId[],
): Promise<readonly Pair[]> {
  const { keyring } = deps
  const policy = await currentMatchPolicy(deps, tx)
  const read = async (ids: readonly PersonId[]) =>
    describePeople(keyring, await readPeople(tx, ids), await readIdentifiers(tx, ids))
  const known = new Map(await read(fresh))
  const seekers = [...known].map(([id, person]) => ({ id, values: valuesToSeek(keyring, person) }))
  const candidates = await findByMatchKeys(tx, seekers, policy)
  const others = new Set([...candidates.values()].flatMap((one) => one.personIds).filter((id) => !known.has(id)))
  for (const [id, person] of await read([...others])) known.set(id, person)
  const survivors = await readSurvivors(tx, [...known.keys()])

  const pairs = new Map<string, Omit<Pair, 'orgs'>>()
  for (const [id, { personIds }] of candidates) {
    for (const other of personIds) {
      const [a, b] = [known.get(id), known.get(other)]
      const [lowId, highId] = id < other ? [id as PersonId, other] : [other, id as PersonId]
      if (a === undefined || b === undefined || survivors.get(id) === survivors.get(other)) continue
      const { points, grade, fields } = scoreMatch(policy, a, b)
      if (grade === 'none') continue
      pairs.set(`${lowId} ${highId}`, {
        pairId: newId<'pair'>(),
        lowId,
        highId,
        points,
        grade,
        fields,
        policyVersion: policy.version,
        foundAt: deps.clock.now(),
      })
    }
  }
  // In one order: two processes that write the same pairs wait for each other, and never in a ring.
  const found = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair)
  const ties = await readTies(tx, [...new Set(found.flatMap((pair) => [pair.lowId, pair.highId]))])
  const orgsOf = (id: PersonId) => {
    const of = ties.get(id)
    return of === undefined ? [] : concernedOrgs(of)
  }
  return found.map((pair) => ({ ...pair, orgs: [...new Set([...orgsOf(pair.lowId), ...orgsOf(pair.highId)])] }))
}
