import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import type { Config } from '../kernel/config.ts'
import { requestError } from '../kernel/errors.ts'
import type { Caller } from './access.ts'
import type { App } from './app-type.ts'

const WINDOW_MS = 60_000

/** Addresses counted at a time; the one that was quiet longest is forgotten first. */
const ADDRESSES = 100_000

/** A load balancer that is told "too many" would take the process out of service. */
const UNLIMITED = new Set(['/healthz', '/readyz'])

export type AddressLimit = (request: FastifyRequest) => Promise<void>

/**
 * Counts every request of an address before its token, its route or its body is looked at: guessing tokens, walking
 * through addresses and sending bodies that are refused cost the sender too. Counted in this process alone, because a
 * flood must not become a flood of the shared store. IPv6 addresses count by their /64.
 *
 * @returns the same check, for requests that fail before any hook runs.
 */
export async function limitAddresses(app: App, config: Config): Promise<AddressLimit> {
  await app.register(rateLimit, {
    global: false,
    max: config.ratePerAddressMinute,
    timeWindow: WINDOW_MS,
    cache: ADDRESSES,
  })
  const count = app.createRateLimit()
  const limit: AddressLimit = async (request) => {
    if (UNLIMITED.has(request.routeOptions.url ?? '')) return
    const verdict = await count(request)
    if (!verdict.isAllowed && verdict.isExceeded) {
      throw requestError('rate-limited', {
        detail: 'Too many requests come from this address.',
        retryAfter: Math.max(1, verdict.ttlInSeconds),
      })
    }
  }
  app.addHook('onRequest', limit)
  return limit
}

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
