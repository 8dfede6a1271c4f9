import { Agent, type Dispatcher } from 'undici'
import type { Deps } from '../kernel/deps.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { createGuardedClient, type GuardedClient } from './guarded-client.ts'
import { createTokenDesk, type TokenDesk } from './hospital-token.ts'
import { createPatientLinks, type PatientLinks } from './patient-links.ts'
import { createPlaces, type Places } from './places.ts'
import type { ResponseCache } from './response-cache.ts'
import type { Hospital } from './types.ts'

/** Everything kept open for one hospital: its sockets, its access token, its breaker, who its patients are. */
export interface Connection {
  readonly hospital: Hospital
  readonly client: GuardedClient
  readonly breaker: Breaker
  /** For what is posted to the hospital without the FHIR client. */
  readonly agent: Dispatcher
  readonly tokens: TokenDesk | undefined
  readonly links: PatientLinks
  close(): Promise<void>
}

const CONNECT_MS = 2_000
const KEEP_ALIVE_MS = 10_000
/** Five failures in a row, then ten seconds of rest: below a doctor's patience, above a hiccup. */
const BREAKER = { failures: 5, openMs: 10_000 }

/** Requests that wait for a place at one hospital: more could not be answered by their deadlines anyway. */
const WAITING = 1_000

/** What the connections of a process have in common. */
export interface Shared {
  /** Requests to all hospitals at once. */
  readonly allPlaces: Places
  readonly cache: ResponseCache
}

export function openConnection(
  deps: Pick<Deps, 'clock' | 'keyring' | 'log'>,
  hospital: Hospital,
  shared: Shared,
): Connection {
  // One agent per hospital: a slow one keeps its own sockets busy and nobody else's.
  const agent = new Agent({
    connections: hospital.maxSockets,
    pipelining: 1,
    connect: { timeout: CONNECT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  })
  const { auth } = hospital
  const places = createPlaces({ places: hospital.maxSockets, waiting: WAITING })
  const tokens = auth.kind === 'none' ? undefined : createTokenDesk(deps, { ...hospital, auth }, agent)
  return {
    hospital,
    client: createGuardedClient({ baseUrl: hospital.baseUrl, agent, tokens, places, ...shared }),
    // Whoever waits for a place when the breaker opens would only wait for another failure.
    breaker: createBreaker(deps.clock, { ...BREAKER, onOpen: places.turnAway }),
    agent,
    tokens,
    links: createPatientLinks(deps.clock),
    close: () => agent.destroy(),
  }
}
