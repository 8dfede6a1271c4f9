import { setTimeout as delay } from 'node:timers/promises'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify'
import type { Clock } from '../../kernel/time.ts'
import { createSearchDesk, etagOfPage, renderPage } from './answer-search.ts'
import { ASSERTION_ALGORITHMS, createGate, type HospitalAuth } from './authorize.ts'
import { capabilityStatement } from './capability.ts'
import { checkResource } from './check-structure.ts'
import { hospitalError } from './errors.ts'
import {
  createFaultDesk,
  type Fault,
  ofAnotherPatient,
  playFault,
  type RequestKind,
  readFault,
  spoilPage,
} from './faults.ts'
import { createResource, etagOf, readResource, readVersion, updateResource } from './interactions.ts'
import { parseFhirJson } from './json.ts'
import { FHIR_JSON, outcomeText, renderFailure } from './outcome.ts'
import { checkFormat } from './plan-search.ts'
import { createInbox, type Received } from './process-message.ts'
import { RESOURCE_TYPES } from './resource-types.ts'
import { runBundle } from './run-bundle.ts'
import type { Interaction } from './scopes.ts'
import { createStore, type HospitalStore, type Row } from './store.ts'
import type { Json, Resource } from './types.ts'

export interface HospitalOptions {
  /** National institution code, such as H51010400001. */
  readonly code: string
  readonly name: string
  readonly clock: Clock
  /** Records to start with. Each keeps its id; one without an id gets one. */
  readonly resources?: readonly Resource[]
  readonly auth: HospitalAuth
  readonly faults?: readonly Fault[]
  /** How long every answer takes at least, as over a network. */
  readonly latencyMs?: number
  /** Opens POST /admin/fault. */
  readonly admin?: boolean
  /** FHIR base address as clients see it, where it is not the address listened on. */
  readonly publicUrl?: string
}

export interface Hospital {
  readonly app: FastifyInstance
  readonly store: HospitalStore
  readonly setFault: (fault: Fault) => void
  /** Messages that came to `$process-message`, in the order of their first receipt. */
  readonly received: () => readonly Received[]
  /** The FHIR base address; known once the server listens. */
  readonly baseUrl: () => string
}

const MAX_BODY_BYTES = 20 * 1024 * 1024

interface Address {
  readonly type: string
  readonly id: string
  readonly version: string
}

/** Builds a hospital's FHIR R4 server over its own records. It knows nothing of the hub that asks it. */
export function buildHospital(options: HospitalOptions): Hospital {
  const { clock } = options
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    // A hanging request must not keep the server from closing.
    forceCloseConnections: true,
  })
  const store = createStore(clock)
  for (const resource of options.resources ?? []) {
    const checked = checkResource(resource)
    if (checked.id === undefined)
      createResource(store, checked.resourceType, checked, { ifNoneExist: undefined, base: '' })
    else store.put(checked, checked.id)
  }
  const faults = createFaultDesk(options.faults ?? [])
  const gate = createGate(options.auth, clock)
  const baseUrl = (): string => options.publicUrl ?? `${originOf(app)}/fhir`
  const tokenUrl = (): string => new URL('/auth/token', baseUrl()).href
  const desk = createSearchDesk(store, clock, baseUrl)
  const stop = new AbortController()
  app.addHook('preClose', async () => stop.abort())

  /** Every route passes here: first the fault in force, then the address, then the token. */
  const guard =
    (kind: RequestKind, interaction?: Interaction | 'any'): onRequestHookHandler =>
    (request, reply, done) => {
      const fault = faults.of(kind)
      const play = async (): Promise<boolean> => {
        if (options.latencyMs !== undefined) await delay(options.latencyMs, undefined, { signal: stop.signal })
        if (fault === undefined) return false
        faults.played(fault)
        return await playFault(fault, request, reply, stop.signal)
      }
      play()
        .then((handled) => {
          if (handled) return
          if (request.headers.accept !== undefined) checkAccept(request.headers.accept)
          const { type } = request.params as Partial<Address>
          if (type !== undefined && !RESOURCE_TYPES.has(type)) throw hospitalError('unknown-type')
          if (interaction !== undefined) gate.check(request.headers.authorization, type ?? 'Bundle', interaction)
          done()
        })
        .catch(done)
    }

  readBodies(app)
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = renderFailure(error)
    if (status === 401) void reply.header('www-authenticate', 'Bearer')
    return reply.code(status).type(FHIR_JSON).send(body)
  })
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type(FHIR_JSON)
      .send(outcomeText('error', 'not-found', 'Nothing at this address and method.')),
  )

  app.get('/fhir/metadata', { onRequest: guard('metadata') }, (_request, reply) =>
    reply.type(FHIR_JSON).send(
      JSON.stringify(
        capabilityStatement({
          code: options.code,
          name: options.name,
          base: baseUrl(),
          date: clock.now().toISOString(),
          tokenUrl: options.auth === 'none' ? undefined : tokenUrl(),
          maxBodyBytes: MAX_BODY_BYTES,
        }),
      ),
    ),
  )

  if (options.auth !== 'none') {
    // SMART puts it under the FHIR base; many clients look at the root as well.
    for (const path of ['/fhir/.well-known/smart-configuration', '/.well-known/smart-configuration']) {
      app.get(path, { onRequest: guard('metadata') }, () => ({
        token_endpoint: tokenUrl(),
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
        grant_types_supported: ['client_credentials'],
        scopes_supported: ['system/*.cruds', 'system/*.rs'],
        capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
      }))
    }
    app.post('/auth/token', { onRequest: guard('token') }, async (request, reply) => {
      const { status, body } = await gate.issue(formOf(request.body), tokenUrl())
      return reply.code(status).header('cache-control', 'no-store').send(body)
    })
  }

  app.get('/fhir/:type', { onRequest: guard('search', 's') }, (request, reply) => {
    const { type } = request.params as Address
    const known = request.headers['if-none-match']
    return sendSearch(reply, type, queryOf(request.url), request.headers.authorization, known)
  })

  app.post('/fhir/:type/_search', { onRequest: guard('search', 's') }, (request, reply) => {
    const { type } = request.params as Address
    const query = [...queryOf(request.url), ...formOf(request.body)] as [string, string][]
    return sendSearch(reply, type, query, request.headers.authorization)
  })

  app.get('/fhir/:type/:id', { onRequest: guard('read', 'r') }, (request, reply) => {
    const { type, id } = request.params as Address
    const row = readResource(store, type, id)
    if (request.headers['if-none-match'] === etagOf(row)) return reply.code(304).header('etag', etagOf(row)).send()
    return sendRow(reply, faults.of('read')?.kind === 'wrong-patient' ? ofAnotherPatient(store, row) : row)
  })

  app.get('/fhir/:type/:id/_history/:version', { onRequest: guard('read', 'r') }, (request, reply) => {
    const { type, id, version } = request.params as Address
    return sendRow(reply, readVersion(store, type, id, version))
  })

  app.post('/fhir/:type', { onRequest: guard('create', 'c') }, (request, reply) => {
    const { type } = request.params as Address
    const condition = request.headers['if-none-exist']
    const ifNoneExist = typeof condition === 'string' ? condition : undefined
    const { row, created } = createResource(store, type, request.body as Json, { ifNoneExist, base: baseUrl() })
    return sendWritten(reply, row, created)
  })

  app.put('/fhir/:type/:id', { onRequest: guard('update', 'u') }, (request, reply) => {
    const { type, id } = request.params as Address
    const { row, created } = updateResource(store, type, id, request.body as Json, request.headers['if-match'])
    return sendWritten(reply, row, created)
  })

  app.delete('/fhir/:type/:id', { onRequest: guard('delete', 'd') }, (request, reply) => {
    const { type, id } = request.params as Address
    store.remove(type, id)
    return reply.code(204).send()
  })

  const inbox = createInbox(baseUrl)
  app.post('/fhir/$process-message', { onRequest: guard('message', 'any') }, (request, reply) =>
    reply.type(FHIR_JSON).send(inbox.take(request.body as Json)),
  )

  for (const path of ['/fhir', '/fhir/']) {
    app.post(path, { onRequest: guard('bundle', 'any') }, (request, reply) => {
      // The guard has seen that the token is good; what it covers is asked for each entry.
      const allow = (type: string, interaction: Interaction): void =>
        gate.check(request.headers.authorization, type, interaction)
      const text = runBundle({ store, desk, base: baseUrl(), allow }, request.body as Json)
      return reply.type(FHIR_JSON).send(text)
    })
  }

  if (options.admin === true) {
    app.get('/admin/messages', () => ({ received: inbox.received() }))
    app.post('/admin/fault', (request, reply) => {
      faults.set(readFault(request.body as Json))
      return reply.code(204).send()
    })
  }

  /** `known` is the validator of an answer that the client has: where nothing changed, it is not sent again (RFC 9110 §13.1.2). */
  function sendSearch(
    reply: FastifyReply,
    type: string,
    query: [string, string][],
    authorization: string | undefined,
    known?: string,
  ) {
    const cursor = query.length === 1 && query[0]?.[0] === '_page' ? query[0][1] : undefined
    const page = cursor === undefined ? desk.search(type, query) : desk.turnPage(type, cursor)
    for (const included of new Set(page.included.map((row) => row.type))) gate.check(authorization, included, 'r')
    const sent = spoilPage(faults.of('search'), page, store)
    const etag = etagOfPage(sent)
    void reply.header('etag', etag)
    if (known === etag) return reply.code(304).send()
    return reply.type(FHIR_JSON).send(renderPage(sent, baseUrl()))
  }

  function sendWritten(reply: FastifyReply, row: Row, created: boolean) {
    const location = `${baseUrl()}/${row.type}/${row.id}/_history/${row.version}`
    return sendRow(reply.code(created ? 201 : 200).header('location', location), row)
  }

  return { app, store, setFault: faults.set, received: inbox.received, baseUrl }
}

function sendRow(reply: FastifyReply, row: Row) {
  return reply
    .header('etag', etagOf(row))
    .header('last-modified', new Date(row.updatedAt).toUTCString())
    .type(FHIR_JSON)
    .send(row.json)
}

/** Bodies are FHIR JSON with decimals kept as written, or forms; anything else is 415. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/fhir+json', 'application/json'],
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseFhirJson(body),
  )
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  )
}

function formOf(body: unknown): URLSearchParams {
  if (body === undefined || body === null) return new URLSearchParams()
  if (body instanceof URLSearchParams) return body
  throw hospitalError('media-type', { detail: 'A form is expected here.' })
}

function queryOf(url: string): [string, string][] {
  const mark = url.indexOf('?')
  return mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))]
}

function checkAccept(accept: string): void {
  if (accept.split(',').some((range) => /^\s*(?:\*\/\*|application\/\*)/.test(range))) return
  // A list with one JSON type in it is enough.
  const json = accept.split(',').find((range) => /json/.test(range))
  checkFormat((json ?? accept).trim())
}

/** Never taken from the Host header: a client must not choose what the links of a page name. */
function originOf(app: FastifyInstance): string {
  const address = app.server.address()
  if (address === null || typeof address === 'string') return 'http://localhost'
  const host = address.address === '::' || address.address === '0.0.0.0' ? '127.0.0.1' : address.address
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}
