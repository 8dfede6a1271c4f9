import assert from 'node:assert/strict'
import type { CityCode, Sex } from '../codes/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { peopleError } from './errors.ts'
import { insertMatchKeys } from './match-store.ts'
import { checkPerson } from './rules.ts'
import { sealPerson } from './seal-person.ts'
import { claimIdentifiers, insertInsurances, insertPeople, readOwners, releaseIdentifiers } from './store.ts'
import type { Insutype, PersonId } from './types.ts'

/** What a generator gives for one person of a sandbox. */
export interface PersonSeed {
  readonly name: string
  readonly idNumber: string
  readonly sex: Sex
  readonly birthDate: string
  readonly phone: string
  readonly insuredCity: CityCode
  readonly insutype: Insutype
  readonly psnType: string
  readonly residenceDivision: string
}

/** First day of every sandbox person's insurance: before any story. */
const INSURED_FROM = '2015-01-01'

/**
 * Registers a sandbox's people with one statement per table, and returns their ids in the order of the seeds. Who is
 * registered already keeps the same id.
 */
export async function seedPeople(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  seeds: readonly PersonSeed[],
): Promise<readonly PersonId[]> {
  const at = deps.clock.now()
  const today = localDate(at)
  const sealed = seeds.map((seed, index) => {
    const { normal, errors } = checkPerson(toPerson(seed), today)
    if (errors.length > 0) {
      throw peopleError('invalid', { errors: errors.map((one) => ({ ...one, pointer: `/${index}${one.pointer}` })) })
    }
    return sealPerson(deps.keyring, normal)
  })
  return await inTx(deps.db, async (tx) => {
    const claimed = new Set(
      (
        await claimIdentifiers(
          tx,
          sealed.flatMap((one) => one.identifiers),
          at,
        )
      ).map((value) => value.toString('hex')),
    )
    const fresh = sealed.filter((one) => one.identifiers.every((row) => claimed.has(row.indexValue.toString('hex'))))
    const known = sealed.filter((one) => !fresh.includes(one))
    await releaseIdentifiers(
      tx,
      known.map((one) => one.person.personId),
    )
    if (fresh.length > 0) {
      await insertPeople(
        tx,
        fresh.map((one) => one.person),
        { by: 'seed', org: 'seed', at },
      )
      await insertInsurances(
        tx,
        fresh.flatMap((one) => one.insurances),
      )
      // They are made up to be different: found by a search, and not compared with each other.
      await insertMatchKeys(
        tx,
        fresh.map((one) => ({ personId: one.person.personId, keys: one.matchKeys })),
      )
    }
    const owners = await readOwners(
      tx,
      sealed.flatMap((one) => one.identifiers.map((row) => row.indexValue)),
    )
    return sealed.map((one) => {
      // Who was registered before the newest index key came stands under an older one only.
      const row = one.identifiers.find(({ indexValue }) => owners.has(indexValue.toString('hex')))
      const owner = owners.get(row?.indexValue.toString('hex') ?? '')
      assert(owner !== undefined, 'every seeded identifier has an owner now')
      return owner
    })
  })
}

function toPerson(seed: PersonSeed) {
  const { name, idNumber, sex, birthDate, phone, insuredCity, insutype, psnType, residenceDivision } = seed
  return {
    name,
    sex,
    birthDate,
    phone,
    residenceDivision,
    identifiers: [{ type: 'resident-id' as const, value: idNumber }],
    insurances: [{ insuredCity, insutype, psnType, from: INSURED_FROM, to: null }],
  }
}
