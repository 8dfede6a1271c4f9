import type { CardState } from '../cards/index.ts'
import { CITIES, type CityCode } from '../codes/index.ts'
import type { ForeignTrustState } from '../foreign/index.ts'
import { type HealthCodeState, healthCodeMap } from '../healthcodes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { trustError } from './errors.ts'
import { type Made, makeSparingly } from './make-sparingly.ts'
import { type PublishedBundle, publishBundle, type WrittenRegister } from './publish-bundle.ts'
import { isKeyGood, type PublishedList, publishStatusList } from './publish-status-list.ts'
import { readTrustPolicy, takeBundleNumber } from './store.ts'
import type { TrustPolicy } from './types.ts'

/** What this process publishes for verifiers elsewhere. Nothing is made before somebody asks for it. */
export interface Trust {
  /** Cities whose issuer has a list: those that have issued a card. */
  cities(): readonly CityCode[]
  /** @throws `trust.list-unknown` where the city has no list */
  statusList(city: CityCode): Promise<PublishedList>
  bundle(): Promise<PublishedBundle>
}

export type TrustDeps = Pick<Deps, 'db' | 'clock' | 'config'> & {
  readonly institutions: InstitutionTable
  readonly issuerKeys: IssuerKeys
  readonly cards: CardState
  readonly healthCodes: HealthCodeState
  readonly foreign: ForeignTrustState
}

export function openTrust(deps: TrustDeps): Trust {
  const { clock, config, cards, issuerKeys: keys } = deps
  const policyOf = async (nowMs: number): Promise<TrustPolicy> => {
    const policy = await readTrustPolicy(deps.db, localDate(new Date(nowMs)))
    if (policy === undefined) throw trustError('no-policy')
    return policy
  }

  const makeList = (city: CityCode): Made<PublishedList> => {
    const make = async (previous: PublishedList | undefined): Promise<PublishedList> => {
      const nowMs = clock.now().getTime()
      const ageMs = Math.max(cards.statusAgeMs(), keys.ageMs())
      const bits = cards.statusBits(city)
      if (bits === undefined) throw trustError('list-unknown')
      const policy = await policyOf(nowMs)
      return await publishStatusList(
        { bits, keys },
        { city, publicUrl: config.publicUrl, policy, nowMs, ageMs },
        previous,
      )
    }
    return makeSparingly(make, { holds: (list) => isKeyGood(list, keys) })
  }
  const lists = new Map(CITIES.map(({ code }) => [code, makeList(code)]))

  const statusList = async (city: CityCode): Promise<PublishedList> => {
    const list = lists.get(city)
    if (list === undefined) throw trustError('list-unknown')
    return await list.get()
  }

  const cities = (): readonly CityCode[] =>
    CITIES.map(({ code }) => code).filter((code) => cards.statusBits(code) !== undefined)

  let register: WrittenRegister | undefined
  const bundle = makeSparingly(async () => {
    const nowMs = clock.now().getTime()
    const { clockSkewS } = config
    const order = { hub: config.publicUrl, nowMs, clockSkewS, policy: await policyOf(nowMs) }
    const seq = await takeBundleNumber(deps.db)
    const made = await publishBundle(
      {
        keys,
        institutions: deps.institutions,
        ageMs: () =>
          Math.max(
            keys.ageMs(),
            deps.institutions.ageMs(),
            cards.statusAgeMs(),
            deps.healthCodes.ageMs(),
            deps.foreign.ageMs(),
          ),
        lists: () => Promise.all(cities().map(statusList)),
        healthCodeMap: () => healthCodeMap(deps.healthCodes),
        foreignLists: deps.foreign.lists,
      },
      { ...order, seq },
      register,
    )
    register = made.register
    return made.bundle
  })

  return { cities, statusList, bundle: bundle.get }
}
