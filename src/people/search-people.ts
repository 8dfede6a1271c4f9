import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { describePeople } from './describe-people.ts'
import { peopleError } from './errors.ts'
import { identifiersToSeek, valuesToSeek } from './match-keys.ts'
import { scoreMatch } from './match-rules.ts'
import { findByMatchKeys, readMatchPolicy } from './match-store.ts'
import type { Described, MatchPolicy, Score } from './match-types.ts'
import { readSurvivors } from './merged-store.ts'
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
 */
export async function searchPeople(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  asked: Described,
): Promise<PeopleSearch> {
  const { db, keyring } = deps
  const policy = await currentMatchPolicy(deps, db)
  const numbers = identifiersToSeek(keyring, asked, localDate(deps.clock.now()))
  const owners = numbers.length === 0 ? [] : [...(await readOwners(db, numbers)).values()]
  const byKeys = (await findByMatchKeys(db, [{ id: '', values: valuesToSeek(keyring, asked) }], policy)).get('')
  const personIds = [...new Set([...owners, ...(byKeys?.personIds ?? [])])]
  const people = await readPeople(db, personIds)
  const known = describePeople(keyring, people, await readIdentifiers(db, personIds))
  const survivors = await readSurvivors(db, personIds)
  const best = new Map<PersonId, FoundPerson>()
  for (const [id, described] of known) {
    const personId = survivors.get(id) ?? (id as PersonId)
    const score = scoreMatch(policy, asked, described)
    const before = best.get(personId)
    if (score.grade !== 'none' && (before === undefined || before.score.points < score.points)) {
      best.set(personId, { personId, score })
    }
  }
  const found = [...best.values()].sort((a, b) => b.score.points - a.score.points || (a.personId < b.personId ? -1 : 1))
  return { found, incomplete: byKeys?.incomplete ?? false }
}
