import { appendAudit } from '../audit/index.ts'
import { allow } from '../http/access.ts'
import { actingInstitution, institutionOf } from '../http/acting-institution.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { FHIR_JSON } from '../http/fhir-outcome.ts'
import { instant } from './instant.ts'
import { listDeadLetters, listForViewer, showMessage, type Viewer } from './list-messages.ts'
import { readBody } from './read-body.ts'
import { rerunMessages } from './rerun-messages.ts'
import type { RoutingRouteDeps } from './route-deps.ts'
import * as schema from './schema.ts'

const tags = ['routing']
const DEFAULT_COUNT = 50
const DEFAULT_RERUN = 500

/** The log and the dead letters: for the operator, and for institutions as far as it is theirs. */
export function messageRoutes(app: App, deps: RoutingRouteDeps): void {
  app.get(
    '/routing/messages',
    {
      config: allow('routing.read', ['hospital', 'operator']),
      schema: {
        tags,
        summary: 'The log of messages, newest first; never their content',
        description: 'An institution sees what it sent and what was sent to it.',
        querystring: schema.MessageQuery,
        response: { 200: schema.MessageList },
      },
    },
    async (request) => {
      const { from, to, count = DEFAULT_COUNT, cursor, ...filter } = request.query
      const list = await listForViewer(deps.db, viewerOf(request), {
        filter: { ...filter, from: instant(from, 'from'), to: instant(to, 'to') },
        cursor,
        count,
      })
      // Whoever looks for a person's messages learns who treats that person.
      if (filter.personId !== undefined) await auditSearch(deps, request, filter.personId)
      return list
    },
  )

  app.get(
    '/routing/messages/:id',
    {
      config: allow('routing.read', ['hospital', 'operator']),
      schema: {
        tags,
        summary: 'One message with its deliveries',
        params: schema.IdParams,
        response: { 200: schema.Message },
      },
    },
    async (request) => await showMessage(deps.db, viewerOf(request), request.params.id),
  )

  app.get(
    '/routing/messages/:id/body',
    {
      config: allow('routing.read-body', ['hospital']),
      schema: {
        tags,
        summary: 'The message itself, for its sender and its receivers; each reading is audited',
        params: schema.IdParams,
        response: { 200: schema.Body },
      },
    },
    async (request, reply) => {
      const body = await readBody(deps, actingInstitution(request), request.params.id)
      return await reply
        .type(FHIR_JSON)
        .serializer((text: string) => text)
        .send(body.toString('utf8'))
    },
  )
}

export function deadLetterRoutes(app: App, deps: RoutingRouteDeps): void {
  app.get(
    '/routing/dead-letters',
    {
      config: allow('routing.read', ['hospital', 'operator']),
      schema: {
        tags,
        summary: 'Messages that were given up: why, after how many attempts, and what waits behind them',
        querystring: schema.DeadQuery,
        response: { 200: schema.DeadList },
      },
    },
    async (request) => {
      const { destination, cursor, count = DEFAULT_COUNT } = request.query
      return await listDeadLetters(deps.db, viewerOf(request), { destination, cursor, count })
    },
  )

  app.post(
    '/routing/rerun',
    {
      // Only what is dead at this moment is changed: a repeat finds it gone.
      config: allow('routing.rerun', ['hospital', 'operator'], 'natural'),
      schema: {
        tags,
        summary: 'Send dead letters again, or give messages up; `dry` counts first',
        description: 'The same bytes under the same id. An institution acts on what it sent itself.',
        body: schema.RerunBody,
        response: { 200: schema.RerunAnswer },
      },
    },
    async (request) => {
      const { action = 'rerun', dry = false, limit = DEFAULT_RERUN, from, to, ...rest } = request.body
      const { clientId, role } = request.caller
      const { institution } = viewerOf(request)
      return await rerunMessages(
        deps,
        { clientId, role, org: institution ?? clientId, sender: institution, requestId: request.id },
        { action, dry, limit, filter: { ...rest, from: instant(from, 'from'), to: instant(to, 'to') } },
      )
    },
  )
}

function viewerOf(request: FastifyRequest): Viewer {
  const { caller } = request
  return { institution: caller.role === 'operator' ? undefined : institutionOf(caller) }
}

async function auditSearch(deps: RoutingRouteDeps, request: FastifyRequest, personId: string): Promise<void> {
  const { clientId, role } = request.caller
  await appendAudit(
    deps.db,
    {
      actor: clientId,
      actorOrg: viewerOf(request).institution ?? clientId,
      role,
      action: 'routing.search',
      targetType: 'message',
      personRef: personId,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
      requestId: request.id,
      sourceAddress: request.ip,
    },
    deps.clock,
  )
}
