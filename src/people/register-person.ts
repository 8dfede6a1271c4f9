import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { indexValuesOf } from './match-keys.ts'
import { insertMatchKeys, noteToCompare } from './match-store.ts'
import { readGroup } from './merged-store.ts'
import { checkPerson, disagreements, insurancesOfOthers, sameInsurances } from './rules.ts'
import { openName, sealPerson } from './seal-person.ts'
import {
  claimIdentifiers,
  findOwners,
  insertInsurances,
  insertPeople,
  readInsurances,
  readPeople,
  releaseIdentifiers,
} from './store.ts'
import type { AskedBy, NewPerson, PersonId, Registration } from './types.ts'

type RegisterDeps = Pick<Deps, 'clock' | 'keyring'>

/**
 * Registers a person, or finds the one who has an identifier already: the unique key of the identifier decides, so
 * parallel registrations of one number make one person. An existing person is not changed.
 *
 * @throws `people.invalid` with every fault by its field; `people.insurance-not-yours`; `people.details-disagree` where
 *   name, birth date or the told insurances differ from the registered ones, naming the field and not the value;
 *   `people.identifiers-of-several`.
 */
export async function registerPerson(
  deps: RegisterDeps,
  tx: Tx,
  command: { readonly person: NewPerson; readonly by: AskedBy },
): Promise<Registration> {
  const { by } = command
  const foreign = insurancesOfOthers(command.person.insurances, by)
  if (foreign.length > 0)
    throw peopleError('insurance-not-yours', { detail: 'Nothing was registered.', errors: foreign })
  const at = deps.clock.now()
  const today = localDate(at)
  const { normal, errors, oldFormOnly, warnings } = checkPerson(command.person, today)
  const invalid = () => peopleError('invalid', { detail: 'Nothing was registered.', errors })
  if (errors.length > 0 && !oldFormOnly) throw invalid()

  // Under all live index keys: who was registered before a new one came stands under the older ones only.
  const values = indexValuesOf(deps.keyring, normal.identifiers, today)
  const owners = await findOwners(tx, values)
  if (owners.length > 0) return await answerExisting(owners)
  // The old form has no check character: a slip in it would make a person whose number looks right.
  if (errors.length > 0) throw invalid()

  const sealed = sealPerson(deps.keyring, normal)
  const claimed = await claimIdentifiers(tx, sealed.identifiers, at)
  if (claimed.length < sealed.identifiers.length) {
    // Some claims may be this transaction's own: where one of several identifiers is new, or where the other process does
    // not know the newest index key yet. They are taken back; an existing person gets no identifier by the way.
    await releaseIdentifiers(tx, [sealed.person.personId])
    const taken = new Set(claimed.map((value) => value.toString('hex')))
    const identifiers = [...Map.groupBy(sealed.identifiers, (row) => row.identifierId).values()]
    const free = identifiers.some((rows) => rows.every((row) => taken.has(row.indexValue.toString('hex'))))
    if (!free) return await answerExisting(await findOwners(tx, values))
    throw peopleError('identifiers-of-several', {
      detail: 'Another request registered one of these identifiers at the same moment; look the person up.',
    })
  }
  await insertPeople(tx, [sealed.person], { by: by.clientId, org: by.org, at })
  await insertInsurances(tx, sealed.insurances)
  const { personId } = sealed.person
  await insertMatchKeys(tx, [{ personId, keys: sealed.matchKeys }])
  await noteToCompare(tx, [personId], at)
  await auditPerson(deps, tx, by, { action: 'people.register', personId, purpose: 'registration' })
  return { personId, existing: false, warnings }

  async function answerExisting(owners: readonly PersonId[]): Promise<Registration> {
    const [personId] = owners
    if (owners.length > 1 || personId === undefined) throw peopleError('identifiers-of-several')
    const group = await readGroup(tx, personId)
    // A merged person is registered under each spelling that one of its rows has.
    const rows = (await readPeople(tx, group)).map((row) =>
      disagreements({ name: openName(deps.keyring, row), birthDate: row.birthDate }, normal),
    )
    const differing = [...(rows.find((one) => one.length === 0) ?? rows[0] ?? [])]
    if (normal.insurances.length > 0) {
      const own = (await readInsurances(tx, group)).filter((one) => one.insuredCity === by.city)
      if (!sameInsurances(own, normal.insurances)) {
        differing.push({ pointer: '/insurances', detail: 'differ from the registered ones' })
      }
    }
    if (differing.length > 0) {
      throw peopleError('details-disagree', { detail: 'Check the document and the spelling.', errors: differing })
    }
    await auditPerson(deps, tx, by, { action: 'people.register', personId, purpose: 'registration' })
    return { personId, existing: true, warnings }
  }
}
