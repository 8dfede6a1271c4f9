import type { CityCode } from '../codes/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import { decryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { OnceDeps } from './answer-once.ts'
import { type AreaCodes, areaCodes } from './codes.ts'
import type { SignedKey } from './gateway.ts'
import { type AccessKeyRow, NHSA_CHANGED, nextSerials, readKeyChanges, readProfiles } from './store.ts'

/** What a process holds for the national interface: access keys, profiles of the cities, serials, messages under work. */
export interface Nhsa {
  readonly underWay: OnceDeps['underWay']
  /** An access key in force; never does I/O. */
  keyOf(accessKey: string): SignedKey | undefined
  /** How a city writes codes on a day, and what it demands. */
  codesOf(city: CityCode, date: string): AreaCodes
  /** The serial of inf_refmsgid, ten digits. */
  nextSerial(): Promise<string>
  refresh(): Promise<void>
  close(): Promise<void>
}

/** A revoked key is known to every process after this time, plus one query. */
const KEYS_EVERY_MS = 500
/** Rows of profiles are few and change some times a year. */
const PROFILES_EVERY_MS = 10_000
/** Serials that one step of the sequence stands for. */
const BLOCK = 1000

export const secretPlace = (accessKey: string) => ({
  table: 'nhsa_access_key',
  column: 'secret_encrypted',
  rowId: accessKey,
})

interface CityProfile {
  readonly from: string
  readonly codes: AreaCodes
}

export async function openNhsa(deps: Pick<Deps, 'db' | 'log' | 'keyring' | 'changes'>): Promise<Nhsa> {
  const keys = new Map<string, SignedKey>()
  let horizon = '0'
  let profiles = new Map<string, readonly CityProfile[]>()

  const keysCatchUp = await startCatchUp({
    everyMs: KEYS_EVERY_MS,
    read: async () => {
      const changed = await readKeyChanges(deps.db, horizon)
      for (const row of changed.keys) {
        if (row.revokedAt === null) keys.set(row.accessKey, openKey(deps.keyring, row))
        else keys.delete(row.accessKey)
      }
      horizon = changed.horizon
    },
    onError: (error) => deps.log.error({ err: error }, 'access keys could not be read'),
    news: { feed: deps.changes, area: NHSA_CHANGED },
  })
  const profilesCatchUp = await startCatchUp({
    everyMs: PROFILES_EVERY_MS,
    read: async () => {
      profiles = profilesByCity(await readProfiles(deps.db))
    },
    onError: (error) => deps.log.error({ err: error }, 'profiles of the national interface could not be read'),
  })

  let next = 0n
  let left = 0
  return {
    underWay: new Map(),
    keyOf: (accessKey) => keys.get(accessKey),
    codesOf(city, date) {
      const profile = profiles.get(city)?.findLast((one) => one.from <= date)
      if (profile === undefined) throw new Error(`no profile of the national interface holds in ${city} on ${date}`)
      return profile.codes
    },
    async nextSerial() {
      if (left === 0) {
        next = await nextSerials(deps.db)
        left = BLOCK
      }
      left--
      return String(next++).padStart(10, '0')
    },
    async refresh() {
      await keysCatchUp.refresh()
      await profilesCatchUp.refresh()
    },
    async close() {
      await keysCatchUp.close()
      await profilesCatchUp.close()
    },
  }
}

const openKey = (keyring: Keyring, row: AccessKeyRow): SignedKey => ({
  accessKey: row.accessKey,
  institution: row.institution,
  secret: decryptField(keyring, row.secretEncrypted, secretPlace(row.accessKey)),
})

function profilesByCity({ areas, variants, settings }: Awaited<ReturnType<typeof readProfiles>>) {
  const names = new Set(areas.map((area) => area.profile))
  const codes = new Map([...names].map((name) => [name, areaCodes(name, variants, settings)]))
  const byCity = new Map<string, CityProfile[]>()
  for (const { admdvs, from, profile } of areas) {
    const found = codes.get(profile)
    if (found === undefined) continue
    byCity.set(admdvs, [...(byCity.get(admdvs) ?? []), { from, codes: found }])
  }
  return byCity
}
