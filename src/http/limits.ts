import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import type { Config } from '../kernel/config.ts'
import { requestError } from '../kernel/errors.ts'
import type { Caller } from './access.ts'
import { type AddressWindow, createAddressWindow } from './address-window.ts'
import type { App } from './app-type.ts'
import { COUNTED } from './fast-lane.ts'

const WINDOW_MS = 60_000

/** Addresses counted at a time. */
const ADDRESSES = 100_000

export type AddressLimit = (request: FastifyRequest) => void

/** A load balancer that is told "too many" would take the process out of service. */
const UNLIMITED = new Set(['/healthz', '/readyz'])

/**
 * Counts every request of an address before its token, its route or its body is looked at: guessing tokens, walking
 * through addresses and sending bodies that are refused cost the sender too. Counted in this process alone, because a
 * flood must not become a flood of the shared store. IPv6 addresses count by their /64.
 *
 * @returns the same check, for requests that fail before any hook runs.
 */
export function limitAddresses(app: App, addresses: AddressWindow): AddressLimit {
  const limit: AddressLimit = (request) => {
    if (UNLIMITED.has(request.routeOptions.url ?? '') || request.raw[COUNTED] === true) return
    const waitS = addresses.count(request.ip)
    if (waitS > 0) {
      throw requestError('rate-limited', { detail: 'Too many requests come from this address.', retryAfter: waitS })
    }
  }
  app.addHook('onRequest', async (request) => limit(request))
  return limit
}

export const addressWindowOf = (config: Config): AddressWindow =>
  createAddressWindow({ max: config.ratePerAddressMinute, windowMs: WINDOW_MS, addresses: ADDRESSES })

/**
 * Counts every request of a client at this process: those of the fast lane, which may wait for no store, and all others.
 * Where Redis is there, `limitClients` counts the others over all processes too.
 */
export function limitClientsHere(app: App, clients: AddressWindow): void {
  app.addHook('onRequest', async (request) => {
    const caller = callerOf(request)
    if (caller === undefined || request.raw[COUNTED] === true) return
    const waitS = clients.count(caller.clientId)
    if (waitS > 0) {
      throw requestError('rate-limited', { detail: 'This client makes too many requests.', retryAfter: waitS })
    }
  })
}

/** The same count for clients. */
export const clientWindowOf = (config: Config): AddressWindow =>
  createAddressWindow({ max: config.ratePerMinute, windowMs: WINDOW_MS, addresses: ADDRESSES })

/** Counts the requests of each authenticated client, over all processes where Redis is there, before the body is read. */
export async function limitClients(app: App, config: Config, redis: Redis | undefined): Promise<void> {
  await app.register(rateLimit, {
    max: config.ratePerMinute,
    timeWindow: WINDOW_MS,
    // A hook of each route, so it runs after authentication, which is a hook of the whole app.
    hook: 'onRequest',
    keyGenerator: (request) => callerOf(request)?.clientId ?? '',
    // Routes that are open to everybody have no client; the limit per address holds there.
    allowList: (request) => callerOf(request) === undefined,
    ...(redis ? { redis, nameSpace: '{ymt}:rate:' } : {}),
    skipOnError: true,
  })
}

const callerOf = (request: FastifyRequest): Caller | undefined => request.caller as Caller | undefined
