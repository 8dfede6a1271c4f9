import formbody from '@fastify/formbody'
import { fastify, LogController } from 'fastify'
import type { Redis } from 'ioredis'
import type { Config } from '../kernel/config.ts'
import { newId } from '../kernel/ids.ts'
import type { Logger } from '../kernel/log.ts'
import type { Clock } from '../kernel/time.ts'
import { apiHeaders } from './api-headers.ts'
import type { App, FastifyRequest } from './app-type.ts'
import { registerAuth, type TokenKeys } from './auth.ts'
import { answerUnreadable, answerUnroutable } from './early-failures.ts'
import { useLanes } from './fast-lane.ts'
import { useJson } from './json.ts'
import {
  type AddressLimit,
  addressWindowOf,
  clientWindowOf,
  limitAddresses,
  limitClients,
  limitClientsHere,
} from './limits.ts'
import { useOpenApi } from './openapi.ts'
import { Problem, useProblems } from './problem.ts'
import { useRepeat } from './repeat.ts'
import { givenRequestId } from './request-id.ts'
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
      let failure: unknown = error
      try {
        limitAddress?.(request as FastifyRequest)
      } catch (limited) {
        failure = limited
      }
      answerUnroutable(config, request as FastifyRequest, reply.raw, failure)
    },
    clientErrorHandler: (error, socket) => answerUnreadable(deps, error, socket),
    genReqId: (request) => givenRequestId(request.headers['x-request-id']) ?? newId<'request'>(),
  }) as unknown as App
  app.addSchema(Problem)
  checkRoutes(app)
  useValidation(app)
  useJson(app)
  useProblems(app)
  useRequestLog(app)
  const headers = apiHeaders(config)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).headers(headers)
  })
  const addresses = addressWindowOf(config)
  limitAddress = limitAddresses(app, addresses)
  // A request that was in flight when the server began to close would leave its connection open behind it, and the
  // stop would wait for the client to hang up.
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (request, reply) => {
    if (closing) reply.header('connection', 'close')
    // Fastify hangs up after a body that it could not parse, lest more of it comes. One that is here to its end harms
    // nobody, and what the client sent behind it is answered, too.
    else if (request.raw.complete) reply.removeHeader('connection')
  })
  await app.register(formbody, { bodyLimit: 65_536 })
  const callers = await registerAuth(app, {
    keys: deps.tokenKeys,
    issuer: config.publicUrl,
    clockSkewS: config.clockSkewS,
    now: () => deps.clock.now(),
  })
  const clients = clientWindowOf(config)
  useLanes(app, { config, log: deps.log, callers, addresses, clients, isClosing: () => closing })
  limitClientsHere(app, clients)
  useRepeat(app)
  await limitClients(app, config, deps.redis)
  await useOpenApi(app, config.publicUrl)
  return app
}
