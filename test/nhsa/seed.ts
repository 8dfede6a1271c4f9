import assert from 'node:assert/strict'
import { seedSampleParameters } from '../../src/benefits/index.ts'
import { CITIES, type CityCode } from '../../src/codes/index.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import type { Deps } from '../../src/kernel/deps.ts'
import { fen } from '../../src/kernel/money.ts'
import { issueAccessKey } from '../../src/nhsa/access-keys.ts'
import type { Nhsa } from '../../src/nhsa/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople, type SyntheticPerson } from '../../src/sandbox/people.ts'
import { openAccounts } from '../../src/settlement/index.ts'
import { seedItems } from '../support/catalogue.ts'
import { His } from './his/client.ts'

const INSTITUTIONS = generateInstitutions('settlement tests')
const PEOPLE = generatePeople('national interface', 200)

export type Insured = SyntheticPerson & { readonly personId: string }
export interface InsuredAs {
  readonly insutype?: '310' | '390'
  readonly psnType?: SyntheticPerson['psnType']
}

/** Institutions, benefit parameters and four items of the catalogue: 甲, 乙 at 10 %, 丙, and one with a limit of 100. */
export async function seedHub(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  await seedInstitutions(deps, INSTITUTIONS)
  await seedSampleParameters(deps.db)
  await seedItems(deps, [
    { code: 'XA01', name: '甲类药', chrgitmLv: '01' },
    { code: 'XB02', name: '乙类药', chrgitmLv: '02', selfpayProp: '0.1' },
    { code: 'XC03', name: '丙类药', chrgitmLv: '03' },
    { code: 'XL04', name: '限价甲类药', chrgitmLv: '01', pricUplmtAmt: '100' },
  ])
}

let next = 0

/** A person insured in the city, with 500.00 on the account where it is employees' insurance. */
export async function makePerson(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  city: CityCode,
  of: InsuredAs = {},
): Promise<Insured> {
  const seed = PEOPLE[next++]
  assert(seed !== undefined, 'there are 200 people')
  const insured = { ...seed, insuredCity: city, insutype: of.insutype ?? '310', psnType: of.psnType ?? '11' } as const
  const [personId] = await seedPeople(deps, [insured])
  assert(personId !== undefined)
  if (insured.insutype === '310') await openAccounts(deps, [{ personId, insuredCity: city, balance: fen(50_000n) }])
  return { ...insured, personId }
}

/** The system of a hospital or pharmacy of a city, with an access key of its own. */
export async function makeHis(
  parts: { readonly deps: Pick<Deps, 'db' | 'clock' | 'keyring'>; readonly nhsa: Nhsa; readonly url: string },
  taken: Set<string>,
  of: { readonly city: CityCode; readonly kind: 'hospital' | 'pharmacy'; readonly level?: 1 | 2 | 3 | undefined },
): Promise<His> {
  const { deps, nhsa, url } = parts
  const found = INSTITUTIONS.find(
    (one) =>
      one.kind === of.kind &&
      one.city === of.city &&
      // Two systems of one institution would number their messages alike.
      !taken.has(one.code) &&
      (of.level === undefined || one.level === of.level) &&
      one.recognisedBy.length === CITIES.length &&
      one.suspensions.length === 0 &&
      one.designations.some((period) => period.to === null),
  )
  assert(found !== undefined, `no ${of.kind} of ${of.city}`)
  taken.add(found.code)
  const { accessKey, secret } = await issueAccessKey(deps, found.code)
  await nhsa.refresh()
  return new His({
    url,
    fixmedinsCode: found.code,
    fixmedinsName: found.name.slice(0, 20),
    mdtrtareaAdmvs: of.city,
    accessKey,
    secretKey: secret,
    now: () => deps.clock.now(),
  })
}
