import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { describePeople } from './describe-people.ts'
import { peopleError } from './errors.ts'
import { identifiersToSeek, valuesToSeek } from './match-keys.ts'
import { hasKeyParameters, scoreMatch } from './match-rules.ts'
import { findByMatchKeys, readMatchPolicy } from './match-store.ts'
import type { Described, MatchPolicy, Score } from './match-types.ts'
import { readGroups } from './merged-store.ts'
import { readIdentifiers, readOwners, readPeople } from './store.ts'
import type { PersonId } from './types.ts'

export interface FoundPerson {
  /** The person that answers for the row that matched. */
  readonly personId: PersonId
  readonly score: Score
}

export interface PeopleSearch {
  /** The best first; each person once, with the best of its rows. */
  readonly found: readonly FoundPerson[]
  /** True where a key was left out because too many people stand under it. */
  readonly incomplete: boolean
}

/** @throws `people.match-policy-missing` */
export async function currentMatchPolicy(deps: Pick<Deps, 'clock'>, db: Db): Promise<MatchPolicy> {
  const policy = await readMatchPolicy(db, localDate(deps.clock.now()))
  if (policy === undefined) throw peopleError('match-policy-missing')
  return policy
}

/**
 * Looks for people by whatever is said of them: first those who stand under a keyed hash of it, a bounded number, then the
 * score of each. It audits nothing; the verb that shows somebody does.
 *
 * @param named - persons behind a number of the caller's own; what else is said is compared with them all the same
 */
export async function searchPeople(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  asked: Described,
  named: readonly PersonId[] = [],
): Promise<PeopleSearch> {
  const { db, keyring } = deps
  const policy = await currentMatchPolicy(deps, db)
  const numbers = identifiersToSeek(keyring, asked, localDate(deps.clock.now()))
  const owners = numbers.length === 0 ? [] : [...(await readOwners(db, numbers)).values()]
  // By a single detail half a city would be found, also where a number of the caller's own stands beside it.
  const values = hasKeyParameters(asked) ? valuesToSeek(keyring, asked) : []
  const byKeys = (await findByMatchKeys(db, [{ id: '', values }], policy)).get('')
  const hits = [...new Set([...named, ...owners, ...(byKeys?.personIds ?? [])])]
  const best = new Map<PersonId, FoundPerson>()
  for (const [personId, rows] of await describeWhole(deps, db, hits)) {
    for (const described of rows) {
      const score = scoreMatch(policy, asked, described, named.includes(personId))
      const before = best.get(personId)
      if (score.grade !== 'none' && (before === undefined || before.score.points < score.points)) {
        best.set(personId, { personId, score })
      }
    }
  }
  const found = [...best.values()].sort((a, b) => b.score.points - a.score.points || (a.personId < b.personId ? -1 : 1))
  return { found, incomplete: byKeys?.incomplete ?? false }
}

/**
 * The rows that were hit and all rows of the same persons, by the person that answers. Each row has its own spelling of name
 * and date, and the numbers of the whole person: a number that one row has speaks for, and against, every other.
 */
async function describeWhole(
  { keyring }: Pick<Deps, 'keyring'>,
  db: Db,
  hits: readonly string[],
): Promise<ReadonlyMap<PersonId, readonly Described[]>> {
  const groups = new Map([...(await readGroups(db, hits)).values()].map((group) => [group[0] as PersonId, group]))
  const rowIds = [...groups.values()].flat()
  const known = describePeople(keyring, await readPeople(db, rowIds), await readIdentifiers(db, rowIds))
  return new Map(
    [...groups].map(([personId, group]) => {
      const rows = group.flatMap((id) => known.get(id) ?? [])
      const identifiers = rows.flatMap((row) => row.identifiers)
      return [personId, rows.map((row) => ({ ...row, identifiers }))]
    }),
  )
}
