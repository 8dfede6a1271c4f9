import { afterAll, beforeAll } from 'vitest'
import { type Consents, openConsents } from '../../src/consent/index.ts'
import type { App } from '../../src/http/app-type.ts'
import { useFhir } from '../../src/http/fhir-part.ts'
import { createServer } from '../../src/http/server.ts'
import { openTokenKeys } from '../../src/identity/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import {
  type Annotate,
  type Exchange,
  openExchange,
  recordsFhir,
  recordsRoutes,
  seedHospitals,
} from '../../src/records/index.ts'
import { generateCareRecords } from '../../src/sandbox/care-records.ts'
import { buildHospital, type Hospital, type HospitalOptions } from '../../src/sandbox/hospital/server.ts'
import type { Resource } from '../../src/sandbox/hospital/types.ts'
import { generateLabRecords, type LabPerson } from '../../src/sandbox/lab-records.ts'
import { generatePeople, type SyntheticPerson } from '../../src/sandbox/people.ts'
import type { TestDatabase } from '../support/database.ts'
import { type TestDeps, testDeps } from '../support/deps.ts'
import { tokenMinter } from '../support/tokens.ts'

export const CODES = ['H51010400001', 'H51060300001', 'H51140200001', 'H51200200001'] as const

export interface Peer extends Hospital {
  readonly code: string
  /** Address lines of the requests that arrived, as a hospital's access log would hold them. */
  readonly seen: string[]
  /** Sockets that were opened to it. */
  readonly sockets: () => number
}

export interface TestExchange {
  readonly app: App
  readonly deps: TestDeps
  readonly exchange: Exchange
  readonly consents: Consents
  readonly peers: readonly Peer[]
  readonly people: readonly (SyntheticPerson & { readonly personId: string })[]
  token(
    role: 'hospital' | 'pharmacy' | 'bureau' | 'cdc' | 'operator',
    institution?: string,
    scopes?: readonly string[],
  ): Promise<string>
  search(query: string, headers?: Record<string, string>): Promise<SearchAnswer>
}

export interface SearchAnswer {
  readonly status: number
  readonly total: unknown
  readonly matches: readonly Resource[]
  /** Source code -> severity/code. */
  readonly outcomes: Readonly<Record<string, string>>
  readonly text: string
}

/** Starts a hospital of its own, over loopback HTTP, that writes down what it was asked. */
export async function startPeer(options: Omit<HospitalOptions, 'name'>): Promise<Peer> {
  const hospital = buildHospital({ name: `示范医院 ${options.code}`, ...options })
  const seen: string[] = []
  let sockets = 0
  hospital.app.server.on('request', (request: { method?: string; url?: string }) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`)
  })
  hospital.app.server.on('connection', () => {
    sockets += 1
  })
  await hospital.app.listen({ port: 0, host: '127.0.0.1' })
  return { ...hospital, code: options.code, seen, sockets: () => sockets }
}

export const toLabPerson = (person: SyntheticPerson, index: number): LabPerson => ({
  id: `sandbox-${index}`,
  name: person.name,
  idNumber: person.idNumber,
  sex: person.sex,
  birthDate: person.birthDate,
  phone: person.phone,
})

/** The hub's records part over HTTP with four real hospitals; each person is a patient of all of them. */
export function useExchange(
  database: TestDatabase,
  options: {
    env?: Record<string, string>
    auth?: boolean
    routes?: (app: App, deps: TestDeps & { exchange: Exchange; consents: Consents }) => void
    log?: TestDeps['log']
    /** What a slice above remarks on results, opened before the routes are made. */
    annotate?: (deps: TestDeps) => Promise<{ readonly annotate: Annotate; close(): Promise<void> }>
  } = {},
): TestExchange {
  let parts: Omit<TestExchange, 'token' | 'search'> | undefined
  let mint: ReturnType<typeof tokenMinter> | undefined
  const stops: (() => Promise<unknown>)[] = []
  const opened = () => {
    if (parts === undefined || mint === undefined) throw new Error('useExchange() gives its parts from beforeAll on')
    return { ...parts, mint }
  }

  beforeAll(async () => {
    const base = testDeps(database, options.env === undefined ? {} : { env: options.env })
    const deps: TestDeps = options.log === undefined ? base : { ...base, log: options.log }
    const seeds = generatePeople('records', 4)
    const ids = await seedPeople(deps, seeds)
    const people = seeds.map((seed, index) => ({ ...seed, personId: ids[index] as string }))
    const peers = await Promise.all(
      CODES.map((code) =>
        startPeer({
          code,
          clock: deps.clock,
          auth: 'none',
          resources: [generateLabRecords, generateCareRecords].flatMap((generate) =>
            generate('records', seeds.map(toLabPerson), { code, name: `示范医院 ${code}` }, deps.clock.now()),
          ),
        }),
      ),
    )
    stops.push(() => Promise.all(peers.map((peer) => peer.app.close())))
    await seedHospitals(
      deps,
      peers.map((peer) => ({ institution: peer.code, baseUrl: peer.baseUrl(), auth: { kind: 'none' as const } })),
    )
    const exchange = await openExchange(deps)
    stops.push(() => exchange.close())
    const tokenKeys = await openTokenKeys(deps)
    stops.push(async () => tokenKeys.close())
    mint = tokenMinter(deps, tokenKeys)
    const consents = await openConsents(deps)
    stops.push(async () => consents.close())
    const app = await createServer({ ...deps, tokenKeys })
    const remarks = await options.annotate?.(deps)
    if (remarks !== undefined) stops.push(remarks.close)
    const all = { ...deps, exchange, consents, annotate: remarks?.annotate }
    useFhir(app, deps, [recordsFhir(all)])
    recordsRoutes(app, all)
    options.routes?.(app, all)
    stops.push(() => app.close())
    await app.ready()
    parts = { app, deps, exchange, consents, peers, people }
  })

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  return {
    get app() {
      return opened().app
    },
    get deps() {
      return opened().deps
    },
    get exchange() {
      return opened().exchange
    },
    get consents() {
      return opened().consents
    },
    get peers() {
      return opened().peers
    },
    get people() {
      return opened().people
    },
    token: (role, institution, scopes) =>
      opened().mint(role, {
        ...(institution === undefined ? {} : { institution }),
        ...(scopes === undefined ? {} : { scopes }),
      }),
    async search(query, headers = {}) {
      const { app, mint: make } = opened()
      const response = await app.inject({
        method: 'GET',
        url: `/fhir/${query}`,
        headers: { authorization: `Bearer ${await make('hospital')}`, 'x-purpose-of-use': 'TREAT', ...headers },
      })
      return readAnswer(response.statusCode, response.body)
    },
  }
}

export function readAnswer(status: number, text: string): SearchAnswer {
  const body = JSON.parse(text) as {
    total?: number
    entry?: { resource: Resource; search: { mode: string } }[]
  }
  const entries = body.entry ?? []
  const outcomes: Record<string, string> = {}
  for (const { resource } of entries.filter((one) => one.search.mode === 'outcome')) {
    const issue = (
      resource['issue'] as unknown as { severity: string; code: string; details?: { coding: { code: string }[] } }[]
    )[0]
    outcomes[issue?.details?.coding[0]?.code ?? 'all'] = `${issue?.severity ?? ''}/${issue?.code ?? ''}`
  }
  return {
    status,
    total: body.total,
    matches: entries.filter((one) => one.search.mode === 'match').map((one) => one.resource),
    outcomes,
    text,
  }
}
