import formbody from '@fastify/formbody'
import { fastify, LogController } from 'fastify'
import type { Redis } from 'ioredis'
import type { Config } from '../kernel/config.ts'
import { newId } from '../kernel/ids.ts'
import { type Logger, looksPersonal } from '../kernel/log.ts'
import type { Clock } from '../kernel/time.ts'
import type { App, FastifyRequest } from './app-type.ts'
import { registerAuth, type TokenKeys } from './auth.ts'
import { answerUnreadable, answerUnroutable } from './early-failures.ts'
import { useJson } from './json.ts'
import { type AddressLimit, limitAddresses, limitClients } from './limits.ts'
import { useOpenApi } from './openapi.ts'
import { Problem, useProblems } from './problem.ts'
import { useRepeat } from './repeat.ts'
import { useRequestLog } from './request-log.ts'
import { checkRoutes } from './route-rules.ts'
import { useSecurityHeaders } from './security-headers.ts'
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
  let limitAddress: AddressLimit | undefined
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
    frameworkErrors: (error, request, reply) => {
      // No hook has run for these, so the address is counted here.
      const counted = limitAddress?.(request as FastifyRequest) ?? Promise.resolve()
      counted.then(
        () => answerUnroutable(config, request as FastifyRequest, reply.raw, error),
        (limited: unknown) => answerUnroutable(config, request as FastifyRequest, reply.raw, limited),
      )
    },
    clientErrorHandler: (error, socket) => answerUnreadable(deps, error, socket),
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
  await useSecurityHeaders(app, config)
  limitAddress = await limitAddresses(app, config)
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
  await limitClients(app, config, deps.redis)
  await useOpenApi(app, config.publicUrl)
  return app
}
