import { Agent } from 'undici'
import type { Deps } from '../kernel/deps.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { createGuardedClient, type GuardedClient } from './guarded-client.ts'
import { createTokenDesk } from './hospital-token.ts'
import type { Hospital } from './types.ts'

/** Everything kept open for one hospital: its sockets, its access token, its breaker. */
export interface Connection {
  readonly hospital: Hospital
  readonly client: GuardedClient
  readonly breaker: Breaker
  close(): Promise<void>
}

const CONNECT_MS = 2_000
const KEEP_ALIVE_MS = 10_000
/** Five failures in a row, then ten seconds of rest: below a doctor's patience, above a hiccup. */
const BREAKER = { failures: 5, openMs: 10_000 }

export function openConnection(deps: Pick<Deps, 'clock' | 'keyring' | 'log'>, hospital: Hospital): Connection {
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
  const tokens = auth.kind === 'none' ? undefined : createTokenDesk(deps, { ...hospital, auth }, agent)
  return {
    hospital,
    client: createGuardedClient(hospital.baseUrl, agent, tokens),
    breaker: createBreaker(deps.clock, BREAKER),
    close: () => agent.destroy(),
  }
}
