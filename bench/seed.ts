import { generateKeyPairSync } from 'node:crypto'
import { seedSampleParameters } from '../src/benefits/index.ts'
import { seedCards } from '../src/cards/index.ts'
import { seedSampleCatalogue } from '../src/catalogue/index.ts'
import type { CityCode } from '../src/codes/index.ts'
import { registerClient } from '../src/identity/index.ts'
import { seedInstitutions } from '../src/institutions/index.ts'
import { type KeyAlgorithm, seedIssuers } from '../src/issuers/index.ts'
import { type PersonId, seedPeople } from '../src/people/index.ts'
import { generateInstitutions } from '../src/sandbox/institutions.ts'
import { generatePeople, type SyntheticPerson } from '../src/sandbox/people.ts'
import type { BenchClient, Service } from './service.ts'

const SEED = 'bench'
const PEOPLE_AT_A_TIME = 2_000
const CARDS_AT_A_TIME = 5_000

/** What the benches work on: the sandbox's institutions, many people, one hospital that all cities recognise. */
export interface Population {
  readonly client: BenchClient
  readonly people: readonly PersonId[]
}

/** Employees' insurance alone: it is what this version settles, and a refusal is quicker than a settlement. */
export function benchPeople(count: number): readonly SyntheticPerson[] {
  return generatePeople(SEED, 2 * count + 100)
    .filter((person) => person.insutype === '310')
    .slice(0, count)
}

/** Written by the slices' own seeding functions; the people are synthetic. */
export async function seedPopulation(service: Service, count: number): Promise<Population> {
  const { deps } = service.runtime
  const institutions = generateInstitutions(SEED)
  await seedInstitutions(deps, institutions)
  await seedSampleParameters(deps.db)
  await seedSampleCatalogue(deps)
  await seedIssuers(deps)
  const generated = benchPeople(count)
  const people: PersonId[] = []
  for (let at = 0; at < generated.length; at += PEOPLE_AT_A_TIME) {
    people.push(...(await seedPeople(deps, generated.slice(at, at + PEOPLE_AT_A_TIME))))
  }
  const hospital = institutions.find((one) => one.kind === 'hospital' && one.recognisedBy.length === 4)
  if (hospital === undefined) throw new Error('the sandbox has no hospital that all four cities recognise')
  const client: BenchClient = { clientId: 'bench-hospital', role: 'hospital', institution: hospital.code }
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  await registerClient(deps, { ...client, jwks: { keys: [jwk] } })
  await service.live.refresh()
  return { client, people }
}

export interface CardOrder {
  readonly city: CityCode
  readonly people: readonly PersonId[]
  readonly count: number
  /** ES256 where nothing is said. */
  readonly alg?: KeyAlgorithm
}

/** Distinct cards of one city, several for a person where there are more cards than people. */
export async function seedBenchCards(service: Service, order: CardOrder): Promise<readonly string[]> {
  const { people, city, count, alg = 'ES256' } = order
  const deps = { ...service.runtime.deps, issuerKeys: service.live.issuerKeys }
  const cards: string[] = []
  for (let at = 0; at < count; at += CARDS_AT_A_TIME) {
    const personIds = Array.from(
      { length: Math.min(CARDS_AT_A_TIME, count - at) },
      (_, index) => people[(at + index) % people.length] as PersonId,
    )
    const issued = await seedCards(deps, { city, personIds, alg })
    cards.push(...issued.map((one) => one.card))
  }
  await service.live.refresh()
  return cards
}
