import assert from 'node:assert/strict'
import { beforeAll } from 'vitest'
import { seedSampleParameters } from '../../src/benefits/index.ts'
import { CITIES, type CityCode } from '../../src/codes/index.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { issueAccessKey } from '../../src/nhsa/access-keys.ts'
import { seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople, type SyntheticPerson } from '../../src/sandbox/people.ts'
import { openAccounts } from '../../src/settlement/index.ts'
import { type TestApp, useApp } from '../support/app.ts'
import { seedItems } from '../support/catalogue.ts'
import type { TestDatabase } from '../support/database.ts'
import type { TestDeps } from '../support/deps.ts'
import { His } from './his/client.ts'

const INSTITUTIONS = generateInstitutions('settlement tests')
const PEOPLE = generatePeople('national interface', 200)

export type Insured = SyntheticPerson & { readonly personId: string }

export interface NhsaHub {
  readonly hub: TestApp
  readonly url: string
  /** The system of a hospital (of any level unless one is named) or pharmacy of a city, with an access key of its own. */
  his(city: CityCode, kind?: 'hospital' | 'pharmacy', level?: 1 | 2 | 3): Promise<His>
  /** A person insured in the city, with 500.00 on the account where it is employees' insurance. */
  person(city: CityCode, of?: { insutype?: '310' | '390'; psnType?: SyntheticPerson['psnType'] }): Promise<Insured>
}

/** A whole hub over HTTP, with workers, for the systems of hospitals and pharmacies. */
export function useNhsaHub(
  database: TestDatabase,
  options: { workers?: boolean; onLog?: (line: string) => void } = {},
): NhsaHub {
  const hub = useApp(database, {
    workers: options.workers ?? true,
    env: { YMT_RATE_PER_MINUTE: '1000000', YMT_RATE_PER_ADDRESS_MINUTE: '1000000' },
    seed: seedHub,
    ...(options.onLog ? { onLog: options.onLog } : {}),
  })
  let url = ''
  beforeAll(async () => {
    url = await hub.app.listen({ port: 0, host: '127.0.0.1' })
  })
  const systems = new Map<string, Promise<His>>()
  const taken = new Set<string>()
  let next = 0
  return {
    hub,
    get url() {
      return url
    },
    his(city, kind = 'hospital', level) {
      const name = `${city} ${kind} ${level}`
      const made = systems.get(name) ?? makeHis(taken, hub, url, city, kind, level)
      systems.set(name, made)
      return made
    },
    async person(city, of = {}) {
      const seed = PEOPLE[next++]
      assert(seed !== undefined, 'the hub has 200 people')
      const insured = {
        ...seed,
        insuredCity: city,
        insutype: of.insutype ?? '310',
        psnType: of.psnType ?? '11',
      } as const
      const [personId] = await seedPeople(hub.deps, [insured])
      assert(personId !== undefined)
      if (insured.insutype === '310') {
        await openAccounts(hub.deps, [{ personId, insuredCity: city, balance: 50_000n as never }])
      }
      return { ...insured, personId }
    },
  }
}

async function seedHub(deps: TestDeps): Promise<void> {
  await seedInstitutions(deps, INSTITUTIONS)
  await seedSampleParameters(deps.db)
  await seedItems(deps, [
    { code: 'XA01', name: '甲类药', chrgitmLv: '01' },
    { code: 'XB02', name: '乙类药', chrgitmLv: '02', selfpayProp: '0.1' },
    { code: 'XC03', name: '丙类药', chrgitmLv: '03' },
    { code: 'XL04', name: '限价甲类药', chrgitmLv: '01', pricUplmtAmt: '100' },
  ])
}

async function makeHis(
  taken: Set<string>,
  hub: TestApp,
  url: string,
  city: CityCode,
  kind: 'hospital' | 'pharmacy',
  level: 1 | 2 | 3 | undefined,
): Promise<His> {
  const found = INSTITUTIONS.find(
    (one) =>
      one.kind === kind &&
      one.city === city &&
      // Two systems of one institution would number their messages alike.
      !taken.has(one.code) &&
      (level === undefined || one.level === level) &&
      one.recognisedBy.length === CITIES.length &&
      one.suspensions.length === 0 &&
      one.designations.some((period) => period.to === null),
  )
  assert(found !== undefined, `no ${kind} of ${city}`)
  taken.add(found.code)
  const { accessKey, secret } = await issueAccessKey(hub.deps, found.code)
  await hub.live.nhsa.refresh()
  return new His({
    url,
    fixmedinsCode: found.code,
    fixmedinsName: found.name.slice(0, 20),
    mdtrtareaAdmvs: city,
    accessKey,
    secretKey: secret,
    now: () => hub.deps.clock.now(),
  })
}
