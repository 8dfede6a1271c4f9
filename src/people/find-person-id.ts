import type { Deps } from '../kernel/deps.ts'
import { isUuid } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { identifierTypeOf, PERSON_SYSTEM } from './identifier-systems.ts'
import { type LocalId, readLocalHolders, readSystems } from './local-id-store.ts'
import { indexValuesOf } from './match-keys.ts'
import { readSurvivors } from './merged-store.ts'
import { normalizeIdentifier } from './rules.ts'
import { readKnownPeople, readOwners } from './store.ts'
import type { AskedBy, PersonId, PersonIdentifier } from './types.ts'

/** A number as messages carry it: of a kind, or in a name space (a URI). */
export type AnyIdentifier = PersonIdentifier | LocalId

/**
 * The person behind the numbers of a message or a laboratory report: identity numbers of either form, the sender's own
 * numbers, our person id. Exact only, nothing is guessed; a search that finds nobody is audited too.
 *
 * @param by whose own numbers count: `by.org` is the institution that sent them
 * @throws `people.identifiers-of-several` where they stand for different persons
 */
export async function findPersonId(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  identifiers: readonly AnyIdentifier[],
  by: AskedBy,
): Promise<PersonId | undefined> {
  const people = await findPersonIds(deps, identifiers, by.org)
  const [personId] = people
  await auditPerson(deps, deps.db, by, {
    action: 'people.find-by-number',
    purpose: 'identification',
    ...(people.length === 1 ? { personId } : { reasonCodes: [people.length === 0 ? 'none-found' : 'several-found'] }),
  })
  if (people.length > 1) throw peopleError('identifiers-of-several')
  return personId
}

/** The persons behind the numbers, each once, as an institution may know them; audits nothing. */
export async function findPersonIds(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  identifiers: readonly AnyIdentifier[],
  institution: string,
): Promise<readonly PersonId[]> {
  const { db, keyring, clock } = deps
  const spaced = identifiers.flatMap((one) => ('system' in one ? [one] : []))
  const numbers = [
    ...identifiers.flatMap((one) => ('type' in one ? [one] : [])),
    ...spaced.flatMap(({ system, value }) => {
      const type = identifierTypeOf(system)
      return type === undefined ? [] : [{ type, value }]
    }),
  ].map(({ type, value }) => ({ type, value: normalizeIdentifier({ type, value }) }))
  const ours = spaced.filter(({ system }) => system === PERSON_SYSTEM).map(({ value }) => value.toLowerCase())
  const local = spaced.filter(({ system }) => system !== PERSON_SYSTEM && identifierTypeOf(system) === undefined)

  const values = indexValuesOf(keyring, numbers, localDate(clock.now()))
  const owners = values.length === 0 ? [] : [...(await readOwners(db, values)).values()]
  const named = await readKnownPeople(db, ours.filter(isUuid))
  const holders = await readHolders(deps, local, institution)
  const found = [...owners, ...named, ...holders]
  return [...new Set((await readSurvivors(db, found)).values())]
}

/** Who stands behind hospitals' own numbers: those of the institution, and of others that let theirs be told. */
async function readHolders(
  { db }: Pick<Deps, 'db'>,
  ids: readonly LocalId[],
  institution: string,
): Promise<readonly PersonId[]> {
  const systems = await readSystems(db, [...new Set(ids.map((id) => id.system))])
  const open = systems.filter((one) => one.institution === institution || one.shared)
  const byOwner = Map.groupBy(open, (one) => one.institution)
  const rows = await Promise.all(
    [...byOwner].map(([owner, theirs]) =>
      readLocalHolders(
        db,
        owner,
        ids.filter((id) => theirs.some((one) => one.system === id.system)),
      ),
    ),
  )
  return rows.flat().map((row) => row.personId)
}
