import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { fastify, LogController } from 'fastify'
import type { Redis } from 'ioredis'
import type { Config } from '../kernel/config.ts'
import { newId } from '../kernel/ids.ts'
import { type Logger, looksPersonal } from '../kernel/log.ts'
import type { Clock } from '../kernel/time.ts'
import type { App } from './app-type.ts'
import { registerAuth, type TokenKeys } from './auth.ts'
import { useJson } from './json.ts'
import { useOpenApi } from './openapi.ts'
import { Problem, useProblems } from './problem.ts'
import { useRepeat } from './repeat.ts'
import { useRequestLog } from './request-log.ts'
import { checkRoutes } from './route-rules.ts'
import { useValidation } from './validation.ts'

export interface ServerDeps {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly tokenKeys: TokenKeys
  /** Counts rate limits over all processes; without it each process counts alone. */
  readonly redis?: Redis | undefined
}

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/

/** The bare server: limits, security headers, authentication, errors, API reference. No route of any slice. */
export async function createServer(deps: ServerDeps): Promise<App> {
  const { config } = deps
  const app: App = fastify({
    loggerInstance: deps.log,
    // One line per request, written by our own hook (request-log.ts).
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    trustProxy: config.trustProxy,
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: config.requestTimeoutMs,
    routerOptions: { maxParamLength: 256 },
    // While the server closes it answers what is in flight and tells others to go elsewhere.
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      // It is written to logs, audit and outbox: one that looks like an identity number is not taken over.
      return typeof given === 'string' && REQUEST_ID.test(given) && !looksPersonal(given) ? given : newId<'request'>()
    },
  }) as unknown as App
  app.addSchema(Problem)
  checkRoutes(app)
  useValidation(app)
  useJson(app)
  useProblems(app)
  useRequestLog(app)
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }, useDefaults: false },
    // Plain HTTP on one's own machine must keep working; behind TLS the header is what P-rules ask for.
    hsts: config.publicUrl.startsWith('https:') ? { maxAge: 31_536_000, includeSubDomains: true } : false,
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    // Answers are about persons unless a route says otherwise.
    reply.header('cache-control', 'no-store')
  })
  // A request that was in flight when the server began to close would leave its connection open behind it, and the
  // stop would wait for the client to hang up.
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  await app.register(formbody, { bodyLimit: 65_536 })
  await registerAuth(app, {
    keys: deps.tokenKeys,
    issuer: config.publicUrl,
    clockSkewS: config.clockSkewS,
    now: () => deps.clock.now(),
  })
  useRepeat(app)
  await app.register(rateLimit, {
    max: config.ratePerMinute,
    timeWindow: 60_000,
    hook: 'preValidation',
    keyGenerator: (request) => (request.caller as { clientId: string } | undefined)?.clientId ?? request.ip,
    ...(deps.redis ? { redis: deps.redis, nameSpace: '{ymt}:rate:' } : {}),
    skipOnError: true,
  })
  await useOpenApi(app, config.publicUrl)
  return app
}
