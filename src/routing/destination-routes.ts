import { allow } from '../http/access.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { isDate } from '../kernel/time.ts'
import { routingError } from './errors.ts'
import { instant } from './instant.ts'
import { priorityOf, rankOfPriority } from './list-messages.ts'
import { countOpen } from './log-store.ts'
import type { RoutingRouteDeps } from './route-deps.ts'
import { pauseDestination, saveDestination } from './save-destination.ts'
import { saveChannel, saveRule } from './save-policy.ts'
import * as schema from './schema.ts'

const tags = ['routing']

/** Destinations, rules and figures: for the operator. */
export function destinationRoutes(app: App, deps: RoutingRouteDeps): void {
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

export function policyRoutes(app: App, deps: RoutingRouteDeps): void {
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
      const { effectiveFrom, maxAgeS, purpose = 'TREAT', ...rest } = request.body
      const from = instant(effectiveFrom, 'effectiveFrom') as Date
      await saveChannel(deps, byOf(request), { ...rest, purpose, effectiveFrom: from, maxAgeMs: maxAgeS * 1000 })
      await deps.routing.refresh()
      return { saved: true }
    },
  )
}

const byOf = (request: FastifyRequest) => ({ clientId: request.caller.clientId, requestId: request.id })
