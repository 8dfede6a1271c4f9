import { beforeAll } from 'vitest'
import type { CityCode } from '../../src/codes/index.ts'
import { type TestApp, useApp } from '../support/app.ts'
import type { TestDatabase } from '../support/database.ts'
import type { His } from './his/client.ts'
import { type Insured, type InsuredAs, makeHis, makePerson, seedHub } from './seed.ts'

export interface NhsaHub {
  readonly hub: TestApp
  /** The system of a hospital or pharmacy of a city (of any level unless one is named), with an access key of its own. */
  his(city: CityCode, kind?: 'hospital' | 'pharmacy', level?: 1 | 2 | 3): Promise<His>
  person(city: CityCode, of?: InsuredAs): Promise<Insured>
}

/** A whole hub over HTTP, with workers, for the systems of hospitals and pharmacies. */
export function useNhsaHub(
  database: TestDatabase,
  options: { workers?: boolean; env?: Record<string, string>; onLog?: (line: string) => void } = {},
): NhsaHub {
  const hub = useApp(database, {
    workers: options.workers ?? true,
    env: { YMT_RATE_PER_MINUTE: '1000000', YMT_RATE_PER_ADDRESS_MINUTE: '1000000', ...options.env },
    seed: seedHub,
    ...(options.onLog ? { onLog: options.onLog } : {}),
  })
  let url = ''
  beforeAll(async () => {
    url = await hub.app.listen({ port: 0, host: '127.0.0.1' })
  })
  const systems = new Map<string, Promise<His>>()
  const taken = new Set<string>()
  return {
    hub,
    his(city, kind = 'hospital', level) {
      const name = `${city} ${kind} ${level}`
      const made =
        systems.get(name) ?? makeHis({ deps: hub.deps, nhsa: hub.live.nhsa, url }, taken, { city, kind, level })
      systems.set(name, made)
      return made
    },
    person: (city, of) => makePerson(hub.deps, city, of),
  }
}
