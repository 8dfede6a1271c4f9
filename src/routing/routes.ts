import { appendAudit } from '../audit/index.ts'
import { allow } from '../http/access.ts'
import { actingInstitution, institutionOf } from '../http/acting-institution.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { FHIR_JSON } from '../http/fhir-outcome.ts'
import type { Deps } from '../kernel/deps.ts'
import { isDate } from '../kernel/time.ts'
import { routingError } from './errors.ts'
import {
  listDeadLetters,
  listForViewer,
  priorityOf,
  rankOfPriority,
  showMessage,
  type Viewer,
} from './list-messages.ts'
import { countOpen } from './log-store.ts'
import type { Routing } from './open-routing.ts'
import { readBody } from './read-body.ts'
import { rerunMessages } from './rerun-messages.ts'
import { pauseDestination, saveDestination } from './save-destination.ts'
import { saveChannel, saveRule } from './save-policy.ts'
import * as schema from './schema.ts'

const tags = ['routing']
const DEFAULT_COUNT = 50
const DEFAULT_RERUN = 500

export type RoutingRouteDeps = Deps & { readonly routing: Routing }

/** The log, the dead letters and the destinations: for the operator, and for institutions as far as it is theirs. */
export function routingRoutes(app: App, deps: RoutingRouteDeps): void {
  messageRoutes(app, deps)
  deadLetterRoutes(app, deps)
  destinationRoutes(app, deps)
  policyRoutes(app, deps)
}

function messageRoutes(app: App, deps: RoutingRouteDeps): void {
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

function deadLetterRoutes(app: App, deps: RoutingRouteDeps): void {
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

function destinationRoutes(app: App, deps: RoutingRouteDeps): void {
  app.get(
    '/routing/destinations',
    {
      config: allow('routing.manage', ['operator']),
      schema: {
        tags,
        summary: 'Destinations, and what is unfinished at each',
        response: { 200: schema.DestinationList },
      },
    },
    async () => {
      await deps.routing.refresh()
      const open = new Map((await countOpen(deps.db)).map((one) => [one.destination, one]))
      return {
        destinations: [...deps.routing.policy.destinations()].map((one) => ({
          code: one.code,
          kind: one.kind,
          institution: one.institution,
          url: one.url,
          concurrency: one.concurrency,
          pausedAt: one.pausedAt?.toISOString() ?? null,
          open: Number(open.get(one.code)?.open ?? 0n),
          dead: Number(open.get(one.code)?.dead ?? 0n),
          oldest: open.get(one.code)?.oldest?.toISOString() ?? null,
        })),
      }
    },
  )

  app.put(
    '/routing/destinations/:code',
    {
      // The institution code is the key: the same settings again leave the same row.
      config: allow('routing.manage', ['operator'], 'natural'),
      schema: {
        tags,
        summary: 'How an institution gets messages; its address for webhooks',
        params: schema.InstitutionParams,
        body: schema.DestinationBody,
        response: { 200: schema.SavedDestination },
      },
    },
    async (request) => {
      const saved = await saveDestination(deps, byOf(request), request.params.code, request.body)
      await deps.routing.refresh()
      return saved
    },
  )

  for (const [verb, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    app.post(
      `/routing/destinations/:code/${verb}`,
      {
        // Says the whole state: twice is once.
        config: allow('routing.manage', ['operator'], 'natural'),
        schema: {
          tags,
          summary: paused
            ? 'Stop deliveries to a destination; messages for it are still taken'
            : 'Let deliveries to a destination go on',
          params: schema.CodeParams,
          response: { 200: schema.Paused },
        },
      },
      async (request) => {
        const { code } = request.params
        await pauseDestination(deps, byOf(request), code, paused)
        await deps.routing.refresh()
        return { code, paused }
      },
    )
  }
}

function policyRoutes(app: App, deps: RoutingRouteDeps): void {
  app.get(
    '/routing/rules',
    {
      config: allow('routing.manage', ['operator']),
      schema: { tags, summary: 'Additional destinations by event and sender', response: { 200: schema.RuleList } },
    },
    async () => {
      await deps.routing.refresh()
      return {
        rules: deps.routing.policy.rules().map(({ rank, ...rule }) => ({
          ...rule,
          priority: rank === null ? null : priorityOf(rank),
        })),
      }
    },
  )

  app.put(
    '/routing/rules',
    {
      // Event, sender, destination and first day are the key.
      config: allow('routing.manage', ['operator'], 'natural'),
      schema: { tags, summary: 'Add a rule, or end it', body: schema.RuleBody, response: { 200: schema.Saved } },
    },
    async (request) => {
      const { priority, validTo = null, ...rule } = request.body
      for (const day of [rule.validFrom, validTo ?? rule.validFrom]) {
        if (!isDate(day)) {
          throw routingError('instant-invalid', {
            errors: [{ pointer: '/validFrom', detail: 'is no day of the calendar' }],
          })
        }
      }
      const rank = priority === undefined ? null : rankOfPriority(priority)
      await saveRule(deps, byOf(request), { ...rule, validTo, rank })
      await deps.routing.refresh()
      return { saved: true }
    },
  )

  app.get(
    '/routing/channels',
    {
      config: allow('routing.manage', ['operator']),
      schema: { tags, summary: 'Figures of trying and keeping, by event', response: { 200: schema.ChannelList } },
    },
    async () => {
      await deps.routing.refresh()
      return {
        channels: deps.routing.policy.channels().map(({ effectiveFrom, maxAgeMs, ...one }) => ({
          ...one,
          effectiveFrom: effectiveFrom.toISOString(),
          maxAgeS: maxAgeMs / 1000,
        })),
      }
    },
  )

  app.put(
    '/routing/channels',
    {
      // Event and moment are the key; a row that is there stays as it is.
      config: allow('routing.manage', ['operator'], 'natural'),
      schema: {
        tags,
        summary: 'New figures for an event, from a moment on',
        body: schema.ChannelBody,
        response: { 200: schema.Saved },
      },
    },
    async (request) => {
      const { effectiveFrom, maxAgeS, ...rest } = request.body
      const from = instant(effectiveFrom, 'effectiveFrom') as Date
      await saveChannel(deps, byOf(request), { ...rest, effectiveFrom: from, maxAgeMs: maxAgeS * 1000 })
      await deps.routing.refresh()
      return { saved: true }
    },
  )
}

function viewerOf(request: FastifyRequest): Viewer {
  const { caller } = request
  return { institution: caller.role === 'operator' ? undefined : institutionOf(caller) }
}

const byOf = (request: FastifyRequest) => ({ clientId: request.caller.clientId, requestId: request.id })

function instant(text: string | undefined, pointer: string): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  if (Number.isNaN(at.getTime()) || at.getTime() < 0) {
    throw routingError('instant-invalid', { errors: [{ pointer, detail: 'is no instant' }] })
  }
  return at
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
